import { binary } from "./elementwise.js";

/**
 * y = a ∨ b, elementwise with NumPy's broadcasting; bool.
 * Throws ShapeError where shapes do not broadcast, DtypeError where an operand is not bool.
 */
export const or = binary({
  name: "or",
  accepts: "bool",
  f: (a, b) => a | b,
});

export const orOp = or.op;

import { binary } from "./elementwise.js";

/**
 * y = (a = b), elementwise with NumPy's broadcasting; any dtype, both the same; y is bool.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ.
 */
export const equal = binary({
  name: "equal",
  accepts: "any",
  result: "bool",
  f: (a, b) => (a === b ? 1 : 0),
});

export const equalOp = equal.op;

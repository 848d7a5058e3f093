import { unary } from "./elementwise.js";

/** y = ¬x, elementwise; bool. Throws DtypeError where x is not bool. */
export const not = unary({
  name: "not",
  accepts: "bool",
  f: (x) => 1 - x,
});

export const notOp = not.op;

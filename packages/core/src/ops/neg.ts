import { unary } from "./elementwise.js";

/** y = −x, elementwise; f32, f64 or i32. Throws DtypeError on bool. */
export const neg = unary({
  name: "neg",
  accepts: "numeric",
  f: (x) => -x,
  vjp: (dy) => neg(dy),
});

export const negOp = neg.op;

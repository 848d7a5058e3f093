import { unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sign } from "./sign.js";

/** y = |x|, elementwise; f32, f64 or i32. The gradient at 0 is 0. Throws DtypeError on bool. */
export const abs = unary({
  name: "abs",
  accepts: "numeric",
  f: Math.abs,
  vjp: (dy, x) => mul(dy, sign(x)),
});

export const absOp = abs.op;

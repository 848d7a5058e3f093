import { unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sin } from "./sin.js";

/** y = cos x, elementwise, in radians; f32 or f64. Throws DtypeError on other dtypes. */
export const cos = unary({
  name: "cos",
  f: Math.cos,
  vjp: (dy, x) => neg(mul(dy, sin(x))),
});

export const cosOp = cos.op;

import { cos } from "./cos.js";
import { unary } from "./elementwise.js";
import { mul } from "./mul.js";

/** y = sin x, elementwise, in radians; f32 or f64. Throws DtypeError on other dtypes. */
export const sin = unary({
  name: "sin",
  f: Math.sin,
  vjp: (dy, x) => mul(dy, cos(x)),
});

export const sinOp = sin.op;

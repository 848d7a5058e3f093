import { unary } from "./elementwise.js";
import { mul } from "./mul.js";

/** y = e^x, elementwise; f32 or f64. Throws DtypeError on other dtypes. */
export const exp = unary({
  name: "exp",
  f: Math.exp,
  vjp: (dy, _, y) => mul(dy, y),
});

export const expOp = exp.op;

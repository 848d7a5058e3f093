import { unary } from "./elementwise.js";
import { mul } from "./mul.js";

/** y = e^x, elementwise; f32 or f64. Throws DtypeError on other dtypes. */
export const exp = unary({
  name: "exp",
  doc: "y = e^x, elementwise. f32, f64.",
  f: Math.exp,
  vjp: (dy, _, y) => mul(dy, y),
});

export const expOp = exp.op;

import { div } from "./div.js";
import { unary } from "./elementwise.js";
import { mul } from "./mul.js";

/** y = √x, elementwise; f32 or f64. NaN below 0; the gradient at 0 is infinite. Throws DtypeError on other dtypes. */
export const sqrt = unary({
  name: "sqrt",
  f: Math.sqrt,
  vjp: (dy, _, y) => div(dy, mul(2, y)),
});

export const sqrtOp = sqrt.op;

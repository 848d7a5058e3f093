import { add } from "./add.js";
import { div } from "./div.js";
import { unary } from "./elementwise.js";

/** y = ln(1 + x), elementwise and exact near 0; f32 or f64. Throws DtypeError on other dtypes. */
export const log1p = unary({
  name: "log1p",
  f: Math.log1p,
  vjp: (dy, x) => div(dy, add(1, x)),
});

export const log1pOp = log1p.op;

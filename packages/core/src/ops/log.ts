import { div } from "./div.js";
import { unary } from "./elementwise.js";

/** y = ln x, elementwise; f32 or f64. −∞ at 0, NaN below. Throws DtypeError on other dtypes. */
export const log = unary({
  name: "log",
  f: Math.log,
  vjp: (dy, x) => div(dy, x),
});

export const logOp = log.op;

import { unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

/** y = tanh x, elementwise; f32 or f64. Throws DtypeError on other dtypes. */
export const tanh = unary({
  name: "tanh",
  f: Math.tanh,
  vjp: (dy, _, y) => mul(dy, sub(1, mul(y, y))),
});

export const tanhOp = tanh.op;

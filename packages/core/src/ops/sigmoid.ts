import { unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

/** y = σ(x) = 1 / (1 + e^−x), elementwise, without overflow at either end; f32 or f64. Throws DtypeError on others. */
export const sigmoid = unary({
  name: "sigmoid",
  // Where e^−x overflows to ∞, the quotient is the 0 that it should be.
  f: (x) => 1 / (1 + Math.exp(-x)),
  vjp: (dy, _, y) => mul(dy, mul(y, sub(1, y))),
});

export const sigmoidOp = sigmoid.op;

import { unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

/** y = σ(x) = 1 / (1 + e^−x), elementwise, without overflow at either end; f32 or f64. Throws DtypeError on others. */
export const sigmoid = unary({
  name: "sigmoid",
  doc: "y = σ(x) = 1 / (1 + e^−x), elementwise. f32, f64.",
  f(x) {
    // e^x / (1 + e^x) is the same number, and keeps its digits where x is very negative.
    const e = Math.exp(-Math.abs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
  },
  vjp: (dy, _, y) => mul(dy, mul(y, sub(1, y))),
});

export const sigmoidOp = sigmoid.op;

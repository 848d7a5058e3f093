import { type TensorLike, toTensors } from "../op.js";
import type { Tensor } from "../tensor.js";
import { binary } from "./elementwise.js";

const mulTwo = binary({
  name: "mul",
  f: (a, b) => a * b,
  i32: Math.imul,
  vjp: (dy, a, b) => [mul(dy, b), mul(dy, a)],
});

export const mulOp = mulTwo.op;

/**
 * y = a · b (· c …), elementwise with NumPy's broadcasting; f32, f64 or i32 (wraps), all of one dtype.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const mul = (a: TensorLike, b: TensorLike, ...more: readonly TensorLike[]): Tensor =>
  toTensors("mul", [a, b, ...more]).reduce((product, x) => mulTwo(product, x));

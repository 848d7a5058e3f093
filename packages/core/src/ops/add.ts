import { type TensorLike, toTensors } from "../op.js";
import type { Tensor } from "../tensor.js";
import { binary } from "./elementwise.js";

const addTwo = binary({
  name: "add",
  f: (a, b) => a + b,
  vjp: (dy) => [dy, dy],
});

export const addOp = addTwo.op;

/**
 * y = a + b (+ c …), elementwise with NumPy's broadcasting; f32, f64 or i32 (wraps), all of one dtype.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const add = (a: TensorLike, b: TensorLike, ...more: readonly TensorLike[]): Tensor =>
  toTensors("add", [a, b, ...more]).reduce((sum, x) => addTwo(sum, x));

import { type DType, isFloat } from "../dtype.js";
import { castArray, type NdArray } from "../ndarray.js";
import { apply, defineOp, type TensorLike, toTensor } from "../op.js";
import type { Tensor, Type } from "../tensor.js";

/**
 * y = x in another dtype, elementwise. To i32: towards zero, at most to the ends of its range, and NaN is 0. To bool: 0 is
 * false, all else is true, NaN too. Beyond f32's range is ±Infinity. The gradient flows between floats.
 */
export const castOp = defineOp<{ readonly dtype: DType }>({
  name: "cast",
  shape: ([x], { dtype }) => ({ shape: (x as Type).shape, dtype }),
  evaluate: ([x], { dtype }) => castArray(x as NdArray, dtype),
  vjp({ inputs, y }, dy) {
    const from = (inputs[0] as Tensor).dtype;
    return [isFloat(from) && isFloat(y.dtype) ? cast(dy, from) : null];
  },
  batch: "elementwise",
});

/**
 * y = x in another dtype; x itself where it has that dtype. The same on every backend, also where it loses: to i32 numbers
 * go towards zero, those beyond its range to the nearest end, NaN to 0 (as in JAX, Rust and WebAssembly); to bool
 * everything but 0 is true, NaN too. The gradient flows between f32 and f64.
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const tensor = toTensor("cast", x);
  return tensor.dtype === dtype ? tensor : apply(castOp, [tensor], { dtype });
}

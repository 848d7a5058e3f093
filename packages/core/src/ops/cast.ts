import { type DType, isFloat } from "../dtype.js";
import { castArray, type NdArray } from "../ndarray.js";
import { apply, defineOp, type TensorLike, toTensor } from "../op.js";
import type { Tensor, Type } from "../tensor.js";

/** y = x in another dtype, elementwise. To i32: towards zero; to bool: x ≠ 0. The gradient flows between floats. */
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

/** y = x in another dtype; x itself where it has that dtype. To i32 numbers go towards zero; to bool is x ≠ 0. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const tensor = toTensor(x);
  return tensor.dtype === dtype ? tensor : apply(castOp, [tensor], { dtype });
}

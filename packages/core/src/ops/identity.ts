import type { NdArray } from "../ndarray.js";
import { apply, defineOp, type TensorLike } from "../op.js";
import type { Tensor, Type } from "../tensor.js";

/** y = x. Any dtype. */
export const identityOp = defineOp<object>({
  name: "identity",
  shape: ([x]) => ({ shape: (x as Type).shape, dtype: (x as Type).dtype }),
  evaluate: ([x]) => x as NdArray,
  vjp: (_, dy) => [dy],
  batch: "elementwise",
  view: true,
});

/** y = x as a value of its own: what gradients are taken with respect to. Any shape and dtype. */
export const identity = (x: TensorLike): Tensor => apply(identityOp, [x], {});

import { type Dim, type Shape, sameDim, sameShape, shapeText } from "../dim.js";
import { ShapeError } from "../errors.js";
import type { NdArray } from "../ndarray.js";
import { apply, defineOp, type TensorLike, toTensor } from "../op.js";
import { requireShape } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { expandTo } from "./layout.js";
import { reshape } from "./reshape.js";
import { sumTo } from "./sum.js";

/** y = x repeated to `shape`: axes align at the right, and each of x's is 1 or y's. NumPy's broadcast_to. Any dtype. */
export const broadcastOp = defineOp<{ readonly shape: Shape }>({
  name: "broadcast",
  shape([x], { shape }) {
    const type = x as Type;
    const missing = shape.length - type.shape.length;
    if (missing < 0 || type.shape.some((d, axis) => d !== 1 && !sameDim(d, shape[axis + missing] as Dim))) {
      throw new ShapeError(
        `broadcast: ${typeText(type)} does not broadcast to ${shapeText(shape)}: aligned at the right, each of its axes must be 1 or equal. Use reshape() or expandDims() to align them.`,
        { op: "broadcast", from: type.shape, to: shape },
      );
    }
    return { shape, dtype: type.dtype };
  },
  evaluate: ([x], { shape }) => expandTo(x as NdArray, shape as readonly number[]),
  vjp: ({ inputs }, dy) => [sumTo(dy, (inputs[0] as Tensor).shape)],
  batch([x], _, { shape }, size) {
    const own = (x as Tensor).shape.slice(1);
    const ones = Array<Dim>(shape.length - own.length).fill(1);
    return [broadcast(reshape(x as Tensor, [size, ...ones, ...own]), [size, ...shape])];
  },
  view: true,
});

/**
 * y = x repeated to `shape`: axes align at the right, and each of x's is 1 or equal to y's (NumPy's broadcast_to). x
 * itself where the shape is the same. Any dtype. Throws ShapeError where x does not broadcast to the shape.
 */
export function broadcast(x: TensorLike, shape: Shape): Tensor {
  const tensor = toTensor("broadcast", x);
  requireShape("broadcast", shape);
  return sameShape(tensor.shape, shape) ? tensor : apply(broadcastOp, [tensor], { shape });
}

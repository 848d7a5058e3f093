import { type Dim, dimKey, divDim, elementCount, type Shape, sameDim, sameShape, shapeText } from "../dim.js";
import { ShapeError } from "../errors.js";
import type { NdArray } from "../ndarray.js";
import { type AxisOption, apply, defineOp, normalizeAxis, type TensorLike, toTensor } from "../op.js";
import { optionsOf, requireList } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";

/** y has x's elements in row-major order and the given shape. Any dtype. */
export const reshapeOp = defineOp<{ readonly shape: Shape }>({
  name: "reshape",
  shape([x], { shape }) {
    const type = x as Type;
    if (!sameDim(elementCount(type.shape), elementCount(shape))) throw misfit(type, shape);
    return { shape, dtype: type.dtype };
  },
  evaluate([x], { shape }) {
    const { data, dtype } = x as NdArray;
    return { data, shape: shape as readonly number[], dtype };
  },
  vjp: ({ inputs }, dy) => [reshape(dy, (inputs[0] as Tensor).shape)],
  batch: ([x], _, { shape }, size) => [reshape(x as Tensor, [size, ...shape])],
  view: true,
});

/**
 * x's elements in row-major order under another shape with as many; one dim may be −1 and is then worked out, also
 * between named sizes. x itself where the shape is the same. Any dtype.
 * Throws ShapeError where the number of elements differs.
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const tensor = toTensor("reshape", x);
  requireList("reshape: the shape", shape);
  const full = shape.includes(-1) ? solve(tensor, shape) : shape;
  return sameShape(tensor.shape, full) ? tensor : apply(reshapeOp, [tensor], { shape: full });
}

function solve(x: Type, shape: Shape): Shape {
  const known = elementCount(shape.filter((d) => d !== -1));
  const missing = sameDim(known, 0) ? undefined : divDim(elementCount(x.shape), known);
  if (missing === undefined || shape.indexOf(-1) !== shape.lastIndexOf(-1)) throw misfit(x, shape);
  return shape.map((d) => (d === -1 ? missing : d));
}

function misfit(x: Type, shape: Shape): ShapeError {
  const count = elementCount(x.shape);
  return new ShapeError(
    `reshape: ${typeText(x)} has ${dimKey(count)} elements, ${shapeText(shape)} ${shape.includes(-1) ? "cannot hold that many" : `holds ${dimKey(elementCount(shape))}`}. Both must have as many; one dim may be -1.`,
    { op: "reshape", from: x.shape, to: shape },
  );
}

/** x with a new axis of size 1 at `axis` of the result; −1 is the last. Any dtype. Throws ShapeError out of range. */
export function expandDims(x: TensorLike, options: Required<AxisOption>): Tensor {
  const { axis } = optionsOf("expandDims", options, "axis");
  const tensor = toTensor("expandDims", x);
  const at = normalizeAxis("expandDims", axis, tensor.shape.length + 1);
  return reshape(tensor, [...tensor.shape.slice(0, at), 1, ...tensor.shape.slice(at)]);
}

/** x without `axis`, which is of size 1. Any dtype. Throws ShapeError where the axis is out of range or not of size 1. */
export function squeeze(x: TensorLike, options: Required<AxisOption>): Tensor {
  const { axis } = optionsOf("squeeze", options, "axis");
  const tensor = toTensor("squeeze", x);
  const at = normalizeAxis("squeeze", axis, tensor.shape.length);
  const size = tensor.shape[at] as Dim;
  if (size !== 1) {
    throw new ShapeError(
      `squeeze: axis ${axis} of ${typeText(tensor)} has size ${dimKey(size)}; only an axis of size 1 can go. Use sum() or slice().`,
      { op: "squeeze", axis },
    );
  }
  return reshape(
    tensor,
    tensor.shape.filter((_, i) => i !== at),
  );
}

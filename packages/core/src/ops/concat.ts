import { addDim, type Dim, sameShape } from "../dim.js";
import { ShapeError } from "../errors.js";
import { zerosArray } from "../ndarray.js";
import {
  type AxisOption,
  apply,
  defineOp,
  normalizeAxis,
  type Op,
  requireSameDtype,
  type TensorLike,
  toTensors,
} from "../op.js";
import { optionsOf, requireList } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { broadcast } from "./broadcast.js";
import { copyAlong, withSize } from "./layout.js";
import { expandDims } from "./reshape.js";
import { split } from "./slice.js";

/** y = the inputs one after the other along `axis`; their other axes are equal. Any one dtype. */
export const concatOp: Op<{ readonly axis: number }> = defineOp({
  name: "concat",
  shape(inputs, { axis }) {
    requireSameDtype("concat", inputs);
    const { shape, dtype } = inputs[0] as Type;
    const fits = inputs.every(
      (x) =>
        x.shape.length === shape.length && sameShape(withSize<Dim>(x.shape, axis, 1), withSize<Dim>(shape, axis, 1)),
    );
    if (!fits) {
      throw new ShapeError(
        `concat: ${inputs.map(typeText).join(" and ")} along axis ${axis}; their other axes must be equal.`,
        {
          op: "concat",
          axis,
          shapes: inputs.map((x) => x.shape),
        },
      );
    }
    return { shape: withSize(shape, axis, inputs.map((x) => x.shape[axis] as Dim).reduce(addDim)), dtype };
  },
  evaluate(inputs, { axis }) {
    const sizes = inputs.map((x) => x.shape[axis] as number);
    const [{ shape, dtype }] = inputs as readonly [(typeof inputs)[number]];
    const y = zerosArray(
      withSize(
        shape,
        axis,
        sizes.reduce((a, b) => a + b),
      ),
      dtype,
    );
    let start = 0;
    for (const x of inputs) {
      const size = x.shape[axis] as number;
      copyAlong(axis, size, x, 0, y, start);
      start += size;
    }
    return y;
  },
  vjp: ({ inputs, params: { axis } }, dy) =>
    split(
      dy,
      inputs.map((x) => x.shape[axis] as Dim),
      { axis },
    ),
  batch(inputs, batched, { axis }, size) {
    const all = inputs.map((x, i) => (batched[i] ? x : broadcast(x, [size, ...x.shape])));
    return [apply(concatOp, all, { axis: axis + 1 })];
  },
});

/**
 * The tensors one after the other along `axis` (default: the last). Their other axes and dtypes are equal. A single one
 * is returned as it is. Throws ShapeError where there is none or they do not fit, DtypeError where dtypes differ.
 */
export function concat(xs: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const { axis = -1 } = optionsOf("concat", options, "axis");
  const tensors = requireSome("concat", xs);
  const at = normalizeAxis("concat", axis, (tensors[0] as Tensor).shape.length);
  return tensors.length === 1 ? (tensors[0] as Tensor) : apply(concatOp, tensors, { axis: at });
}

/**
 * The tensors side by side along a new axis (default: the first). Their shapes and dtypes are equal.
 * Throws ShapeError where there is none or shapes differ, DtypeError where dtypes differ.
 */
export function stack(xs: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const { axis = 0 } = optionsOf("stack", options, "axis");
  return concat(
    requireSome("stack", xs).map((x) => expandDims(x, { axis })),
    { axis },
  );
}

function requireSome(op: string, xs: readonly TensorLike[]): readonly Tensor[] {
  requireList(`${op}: argument 1`, xs);
  if (xs.length === 0)
    throw new ShapeError(`${op}: received no tensors, so the result has no shape. Give at least one.`, { op });
  return toTensors(op, xs, (i) => `xs[${i}]`);
}

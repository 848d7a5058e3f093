import type { Dim } from "../dim.js";
import { ShapeError } from "../errors.js";
import type { NdArray } from "../ndarray.js";
import { apply, defineOp, normalizeAxis, type TensorLike, toTensor } from "../op.js";
import { optionsOf, requireList } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { permute } from "./layout.js";

/** y's axis i is x's axis permutation[i]. Any dtype. */
export const transposeOp = defineOp<{ readonly permutation: readonly number[] }>({
  name: "transpose",
  shape([x], { permutation }) {
    const { shape, dtype } = x as Type;
    const sorted = [...permutation].sort((a, b) => a - b);
    if (permutation.length !== shape.length || sorted.some((axis, i) => axis !== i)) {
      throw new ShapeError(
        `transpose: [${permutation.join(", ")}] does not name each axis of ${typeText(x as Type)} once. Give a permutation of 0 … ${shape.length - 1}.`,
        { op: "transpose", permutation, shape },
      );
    }
    return { shape: permutation.map((axis) => shape[axis] as Dim), dtype };
  },
  evaluate: ([x], { permutation }) => permute(x as NdArray, permutation),
  vjp: ({ params: { permutation } }, dy) => [
    transpose(
      dy,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  batch: ([x], _, { permutation }) => [transpose(x as Tensor, [0, ...permutation.map((axis) => axis + 1)])],
  view: true,
});

/**
 * y's axis i is x's axis permutation[i] (negative ones count from the end); by default the order is reversed. x itself
 * where no axis moves. Any dtype. Throws ShapeError where it is no permutation of x's axes.
 */
export function transpose(x: TensorLike, permutation?: readonly number[]): Tensor {
  const tensor = toTensor("transpose", x);
  if (permutation !== undefined) requireList("transpose: the permutation", permutation);
  const rank = tensor.shape.length;
  const order = (permutation ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)).map((axis) =>
    normalizeAxis("transpose", axis, rank),
  );
  const still = order.length === rank && order.every((axis, i) => axis === i);
  return still ? tensor : apply(transposeOp, [tensor], { permutation: order });
}

export interface MoveAxisOptions {
  readonly axis: number;
  /** Where it stands in the result. */
  readonly to: number;
}

/** x with `axis` moved to `to`, the others in their order. Any dtype. Throws ShapeError out of range. */
export function moveAxis(x: TensorLike, options: MoveAxisOptions): Tensor {
  const { axis, to } = optionsOf("moveAxis", options, "axis", "to");
  const tensor = toTensor("moveAxis", x);
  const rank = tensor.shape.length;
  const source = normalizeAxis("moveAxis", axis, rank);
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== source);
  const target = normalizeAxis("moveAxis", to, rank);
  return transpose(tensor, [...others.slice(0, target), source, ...others.slice(target)]);
}

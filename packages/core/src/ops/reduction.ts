import type { Shape } from "../dim.js";
import { allocate, type TypedArray } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type NdArray, sizeOf } from "../ndarray.js";
import { normalizeAxis } from "../op.js";
import type { Tensor } from "../tensor.js";
import { permute } from "./layout.js";
import { reshape } from "./reshape.js";

export interface ReductionParams {
  /** Sorted, not negative, without repetition. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReductionOptions {
  /** Which axes; negative ones count from the end. Default: all. */
  readonly axes?: number | readonly number[];
  /** Leave a 1 where an axis was. Default: false. */
  readonly keepDims?: boolean;
}

/** Throws ShapeError where an axis is out of range or named twice. */
export function reductionParams(
  op: string,
  rank: number,
  { axes, keepDims = false }: ReductionOptions,
): ReductionParams {
  const list =
    axes === undefined ? Array.from({ length: rank }, (_, axis) => axis) : typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size < normal.length) {
    throw new ShapeError(
      `${op}: axes [${list.join(", ")}] name one twice in a tensor of rank ${rank}. Name each once.`,
      { op, axes: list },
    );
  }
  return { axes: normal, keepDims };
}

export const reducedShape = (shape: Shape, { axes, keepDims }: ReductionParams): Shape =>
  keepDims ? shape.map((d, axis) => (axes.includes(axis) ? 1 : d)) : shape.filter((_, axis) => !axes.includes(axis));

/** A reduction's result, with 1s where its axes were, so that it broadcasts against the operand. */
export const withKeptDims = (y: Tensor, shape: Shape, { axes }: ReductionParams): Tensor =>
  reshape(y, reducedShape(shape, { axes, keepDims: true }));

/** The same reduction beside a new leading axis. */
export const shifted = ({ axes, keepDims }: ReductionParams): ReductionParams => ({
  axes: axes.map((axis) => axis + 1),
  keepDims,
});

/** y[kept…] = f(all of x along `axes`), in row-major order. */
export function reduce(x: NdArray, params: ReductionParams, f: (values: TypedArray) => number): NdArray {
  const kept = x.shape.flatMap((_, axis) => (params.axes.includes(axis) ? [] : [axis]));
  const rows = permute(x, [...kept, ...params.axes]);
  const shape = reducedShape(x.shape, params) as readonly number[];
  const data = allocate(x.dtype, sizeOf(shape));
  const length = sizeOf(params.axes.map((axis) => x.shape[axis] as number));
  for (let i = 0; i < data.length; i++) data[i] = f(rows.data.subarray(i * length, (i + 1) * length));
  return { data, shape, dtype: x.dtype };
}

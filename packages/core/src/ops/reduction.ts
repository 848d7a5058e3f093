import type { Shape } from "../dim.js";
import { allocate, type TypedArray } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type NdArray, sizeOf } from "../ndarray.js";
import { normalizeAxis } from "../op.js";
import { optionsOf, requireList } from "../require.js";
import type { Tensor } from "../tensor.js";
import { permute } from "./layout.js";
import { reshape } from "./reshape.js";

export interface ReductionParams {
  /** Sorted, not negative, without repetition. */
  readonly axis: readonly number[];
  readonly keepDims: boolean;
}

export interface ReductionOptions {
  /** One or several; negative ones count from the end. Default: all. */
  readonly axis?: number | readonly number[];
  /** Leave a 1 where an axis was. Default: false. */
  readonly keepDims?: boolean;
}

/** Throws ShapeError where an axis is out of range or named twice. */
export function reductionParams(op: string, rank: number, options: ReductionOptions): ReductionParams {
  const { axis, keepDims = false } = optionsOf(op, options, "axis", "keepDims");
  const list =
    axis === undefined ? Array.from({ length: rank }, (_, i) => i) : typeof axis === "number" ? [axis] : axis;
  requireList(`${op}: axis`, list);
  const normal = list.map((each) => normalizeAxis(op, each, rank)).sort((a, b) => a - b);
  if (new Set(normal).size < normal.length) {
    throw new ShapeError(
      `${op}: axes [${list.join(", ")}] name one twice in a tensor of rank ${rank}. Name each once.`,
      { op, axis: list },
    );
  }
  return { axis: normal, keepDims };
}

export const reducedShape = (shape: Shape, { axis, keepDims }: ReductionParams): Shape =>
  keepDims ? shape.map((d, i) => (axis.includes(i) ? 1 : d)) : shape.filter((_, i) => !axis.includes(i));

/** A reduction's result, with 1s where its axes were, so that it broadcasts against the operand. */
export const withKeptDims = (y: Tensor, shape: Shape, { axis }: ReductionParams): Tensor =>
  reshape(y, reducedShape(shape, { axis, keepDims: true }));

/** The same reduction beside a new leading axis. */
export const shifted = ({ axis, keepDims }: ReductionParams): ReductionParams => ({
  axis: axis.map((each) => each + 1),
  keepDims,
});

/** y[kept…] = f(all of x along `axis`), in row-major order. */
export function reduce(x: NdArray, params: ReductionParams, f: (values: TypedArray) => number): NdArray {
  const kept = x.shape.flatMap((_, i) => (params.axis.includes(i) ? [] : [i]));
  const rows = permute(x, [...kept, ...params.axis]);
  const shape = reducedShape(x.shape, params) as readonly number[];
  const data = allocate(x.dtype, sizeOf(shape));
  const length = sizeOf(params.axis.map((i) => x.shape[i] as number));
  for (let i = 0; i < data.length; i++) data[i] = f(rows.data.subarray(i * length, (i + 1) * length));
  return { data, shape, dtype: x.dtype };
}

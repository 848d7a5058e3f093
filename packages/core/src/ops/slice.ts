import { addDim, type Dim, dimKey, divDim, isSymbolic, sameDim, subDim } from "../dim.js";
import { ShapeError } from "../errors.js";
import { type NdArray, zerosArray } from "../ndarray.js";
import { type AxisOption, apply, defineOp, normalizeAxis, type TensorLike, toTensor } from "../op.js";
import { optionsOf, requireList } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { copyAlong, withSize } from "./layout.js";
import { pad } from "./pad.js";

export interface SliceParams {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
}

/** y = x[start … end − 1] along `axis`. Any dtype. */
export const sliceOp = defineOp<SliceParams>({
  name: "slice",
  shape([x], { axis, start, end }) {
    const { shape, dtype } = x as Type;
    const gaps = [start, subDim(end, start), subDim(shape[axis] as Dim, end)];
    if (gaps.some((gap) => !isSymbolic(gap) && gap < 0)) {
      throw new ShapeError(
        `slice: ${dimKey(start)} … ${dimKey(end)} along axis ${axis} of ${typeText(x as Type)}; expected 0 ≤ start ≤ end ≤ ${dimKey(shape[axis] as Dim)}.`,
        { op: "slice", axis, start, end, shape },
      );
    }
    return { shape: withSize(shape, axis, subDim(end, start)), dtype };
  },
  evaluate([x], { axis, start, end }) {
    const from = x as NdArray;
    const count = (end as number) - (start as number);
    const y = zerosArray(withSize(from.shape, axis, count), from.dtype);
    copyAlong(axis, count, from, start as number, y, 0);
    return y;
  },
  vjp({ inputs, params: { axis, start, end } }, dy) {
    return [pad(dy, { axis, before: start, after: subDim((inputs[0] as Tensor).shape[axis] as Dim, end) })];
  },
  batch: ([x], _, { axis, start, end }) => [slice(x as Tensor, { axis: axis + 1, start, end })],
  view: true,
});

export interface SliceOptions {
  readonly axis: number;
  /** Default: 0. */
  readonly start?: Dim;
  /** Exclusive. Default: the axis' size. */
  readonly end?: Dim;
}

/**
 * y = x[start … end − 1] along `axis`: all of it by default. x itself where that is all of it. Any dtype.
 * Throws ShapeError where the axis or the range is out of bounds; between named sizes that shows when they are bound.
 */
export function slice(x: TensorLike, options: SliceOptions): Tensor {
  const { axis, start = 0, end } = optionsOf("slice", options, "axis", "start", "end");
  const tensor = toTensor("slice", x);
  const at = normalizeAxis("slice", axis, tensor.shape.length);
  const size = tensor.shape[at] as Dim;
  if (start === 0 && sameDim(end ?? size, size)) return tensor;
  return apply(sliceOp, [tensor], { axis: at, start, end: end ?? size });
}

/** One tensor per part: as many as the count says, or as there are sizes. */
export type Parts<S> = S extends readonly unknown[]
  ? { -readonly [K in keyof S]: Tensor }
  : S extends number
    ? number extends S
      ? Tensor[]
      : Repeat<S>
    : Tensor[];
type Repeat<N extends number, T extends Tensor[] = []> = T["length"] extends N ? T : Repeat<N, [...T, Tensor]>;

/**
 * Cuts x along `axis` (default: the last) into parts of the given sizes, or into so many equal ones. Any dtype.
 * Throws ShapeError where the sizes do not add up to the axis' or the count does not divide it.
 *
 * @example const [i, f, o, g] = split(z, 4); // z: [B, 4H], each [B, H]
 */
export function split<const S extends number | readonly Dim[]>(
  x: TensorLike,
  parts: S,
  options: AxisOption = {},
): Parts<S> {
  const { axis = -1 } = optionsOf("split", options, "axis");
  const tensor = toTensor("split", x);
  const at = normalizeAxis("split", axis, tensor.shape.length);
  const size = tensor.shape[at] as Dim;
  if (typeof parts !== "number") requireList("split: the parts", parts);
  const sizes = typeof parts === "number" ? equalSizes(tensor, parts, size, axis) : (parts as readonly Dim[]);
  const total = sizes.reduce<Dim>(addDim, 0);
  if (!sameDim(total, size)) {
    throw new ShapeError(
      `split: sizes ${sizes.map(dimKey).join(" + ")} = ${dimKey(total)}, but axis ${axis} of ${typeText(tensor)} has ${dimKey(size)}. Make them add up.`,
      { op: "split", sizes, axis },
    );
  }
  let end: Dim = 0;
  return sizes.map((part) => {
    const start = end;
    end = addDim(start, part);
    return slice(tensor, { axis: at, start, end });
  }) as Parts<S>;
}

function equalSizes(x: Type, count: number, size: Dim, axis: number): Dim[] {
  const part = Number.isInteger(count) && count > 0 ? (size === 0 ? 0 : divDim(size, count)) : undefined;
  if (part === undefined) {
    throw new ShapeError(
      `split: axis ${axis} of ${typeText(x)} has ${dimKey(size)}, which is not divisible into ${count} equal parts. Give their sizes instead.`,
      { op: "split", count, axis },
    );
  }
  return Array<Dim>(count).fill(part);
}

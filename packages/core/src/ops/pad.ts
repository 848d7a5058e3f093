import { addDim, type Dim, dimKey, isSymbolic, subDim } from "../dim.js";
import { ShapeError } from "../errors.js";
import { full, type NdArray, requireFit } from "../ndarray.js";
import { apply, defineOp, normalizeAxis, type TensorLike, toTensor } from "../op.js";
import { optionsOf, requireList } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { add } from "./add.js";
import { concat } from "./concat.js";
import { constantOf } from "./fill.js";
import { copyAlong, withSize } from "./layout.js";
import { slice } from "./slice.js";

export interface PadParams {
  readonly axis: number;
  readonly before: Dim;
  readonly after: Dim;
  readonly value: number;
}

/** y = x with `before` and `after` elements of `value` around it along `axis`. Any dtype. */
export const padOp = defineOp<PadParams>({
  name: "pad",
  shape([x], { axis, before, after }) {
    const { shape, dtype } = x as Type;
    if ([before, after].some((d) => !isSymbolic(d) && d < 0)) {
      throw new ShapeError(
        `pad: ${dimKey(before)} before and ${dimKey(after)} after ${typeText(x as Type)}; expected 0 or more. Use slice() to take away.`,
        { op: "pad", before, after },
      );
    }
    return { shape: withSize(shape, axis, addDim(addDim(before, shape[axis] as Dim), after)), dtype };
  },
  evaluate([x], { axis, before, after, value }) {
    const { shape, dtype } = x as NdArray;
    const size = shape[axis] as number;
    const y = full(withSize(shape, axis, (before as number) + size + (after as number)), value, dtype);
    copyAlong(axis, size, x as NdArray, 0, y, before as number);
    return y;
  },
  vjp({ inputs, params: { axis, before } }, dy) {
    return [slice(dy, { axis, start: before, end: addDim(before, (inputs[0] as Tensor).shape[axis] as Dim) })];
  },
  batch: ([x], _, { axis, before, after, value }) => [pad(x as Tensor, { axis: axis + 1, before, after, value })],
});

export interface PadOptions {
  readonly axis: number;
  /** How many. Default: 0. */
  readonly before?: Dim;
  /** How many. Default: 0. */
  readonly after?: Dim;
  /** Default: 0. */
  readonly value?: number;
}

/**
 * x with `before` and `after` elements of `value` around it along `axis`. x itself where both are 0. Any dtype.
 * Throws ShapeError where the axis is out of range or a count is negative.
 */
export function pad(x: TensorLike, options: PadOptions): Tensor {
  const { axis, before = 0, after = 0, value = 0 } = optionsOf("pad", options, "axis", "before", "after", "value");
  const tensor = toTensor("pad", x);
  requireFit("pad: the value", value, tensor.dtype);
  const at = normalizeAxis("pad", axis, tensor.shape.length);
  return before === 0 && after === 0 ? tensor : apply(padOp, [tensor], { axis: at, before, after, value });
}

/** A tensor that is zero outside [start, end) of one axis, and x within. */
interface Piece {
  readonly x: Tensor;
  readonly start: Dim;
  readonly end: Dim;
}

/**
 * For a sum of tensors of one shape: those that are one tensor between zeros, side by side along one axis, become one
 * concat. The cotangents of a tensor that was split come in that form. The sum of what is returned is the same.
 */
export function mergePads(parts: readonly Tensor[]): Tensor[] {
  requireList("mergePads: argument 1", parts);
  const byAxis = new Map<number, Tensor[]>();
  for (const part of parts) {
    if (!isZeroPad(part)) continue;
    const { axis } = part.node.params as PadParams;
    byAxis.set(axis, [...(byAxis.get(axis) ?? []), part]);
  }
  let result = [...parts];
  for (const [axis, pads] of byAxis) {
    const taken = new Set<Tensor>();
    const pieces = sideBySide(pads, axis, taken);
    if (pieces.length >= 2)
      result = [...result.filter((part) => !taken.has(part)), joined(pads[0] as Tensor, pieces, axis)];
  }
  return result;
}

const isZeroPad = ({ node }: Tensor): boolean => node.op.name === padOp.name && (node.params as PadParams).value === 0;

/** The pads' operands that do not overlap, in order; those over one and the same range are added up first. */
function sideBySide(pads: readonly Tensor[], axis: number, taken: Set<Tensor>): Piece[] {
  let pieces: Piece[] = [];
  for (const part of pads) {
    const x = part.node.inputs[0] as Tensor;
    const start = (part.node.params as PadParams).before;
    const end = addDim(start, x.shape[axis] as Dim);
    const same = pieces.find((piece) => dimKey(piece.start) === dimKey(start) && dimKey(piece.end) === dimKey(end));
    if (same) {
      pieces = pieces.map((piece) => (piece === same ? { ...piece, x: add(piece.x, x) } : piece));
    } else {
      const at = pieces.filter((piece) => atMost(piece.end, start)).length;
      if (!pieces.slice(at).every((piece) => atMost(end, piece.start))) continue;
      pieces = [...pieces.slice(0, at), { x, start, end }, ...pieces.slice(at)];
    }
    taken.add(part);
  }
  return pieces;
}

/** Whether a ≤ b for all sizes, as far as that can be seen: no term of b − a is negative. */
function atMost(a: Dim, b: Dim): boolean {
  const gap = subDim(b, a);
  return isSymbolic(gap) ? gap.terms.every(({ coefficient }) => coefficient > 0) : gap >= 0;
}

function joined(whole: Tensor, pieces: readonly Piece[], axis: number): Tensor {
  const { shape, dtype } = whole;
  const runs: Tensor[] = [];
  let position: Dim = 0;
  const fillTo = (end: Dim) => {
    const gap = subDim(end, position);
    if (gap !== 0) runs.push(constantOf({ shape: withSize<Dim>(shape, axis, gap), dtype }, 0));
  };
  for (const { x, start, end } of pieces) {
    fillTo(start);
    runs.push(x);
    position = end;
  }
  fillTo(shape[axis] as Dim);
  return concat(runs, { axis });
}

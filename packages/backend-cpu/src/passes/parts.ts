import { type Program, type SliceParams, slice, type Tensor } from "@throughtime/core";

/** How often each tensor of a block is read, outputs included, and by which equations. */
export interface Uses {
  readonly readers: ReadonlyMap<Tensor, readonly Program["equations"][number][]>;
  readonly outputs: ReadonlySet<Tensor>;
}

export function usesIn({ equations, outputs }: Program): Uses {
  const readers = new Map<Tensor, Program["equations"][number][]>();
  for (const node of equations) {
    for (const input of new Set(node.inputs)) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  return { readers, outputs: new Set(outputs) };
}

export const sizeAlong = ({ shape }: Tensor, axis: number): number => shape[axis] as number;

/** x[start … end − 1] along an axis, seen through slices and joins: of the tensor that it comes from. */
export function part(x: Tensor, axis: number, start: number, end: number): Tensor {
  if (start === 0 && end === sizeAlong(x, axis)) return x;
  const { op, params, inputs } = x.node;
  if (op.name === "slice") {
    const own = params as SliceParams;
    if (own.axis === axis) {
      const from = own.start as number;
      return part(inputs[0] as Tensor, axis, from + start, from + end);
    }
  }
  if (op.name === "concat" && (params as { axis: number }).axis === axis) {
    let from = 0;
    for (const piece of inputs) {
      const to = from + sizeAlong(piece, axis);
      if (start >= from && end <= to) return part(piece, axis, start - from, end - from);
      from = to;
    }
  }
  return slice(x, { axis, start, end });
}

/** The part of an operand that meets a part of the result; operands broadcast, aligned at the right. */
export function operandPart(operand: Tensor, rank: number, axis: number, start: number, end: number): Tensor {
  const own = axis - rank + operand.shape.length;
  return own < 0 || sizeAlong(operand, own) === 1 ? operand : part(operand, own, start, end);
}

import {
  apply,
  type Dim,
  gather,
  gatherOp,
  matmul,
  matmulOp,
  reshape,
  reshapeOp,
  sameDim,
  slice,
  type Tensor,
  transpose,
  transposeOp,
  type Users,
} from "@throughtime/core";
import { isOp } from "./is-op.js";

export interface Range {
  readonly start: Dim;
  readonly end: Dim;
}

/**
 * x[start … end − 1] along an axis, for a value that is wanted in parts alone: cut where it is made, since a part of a
 * weight costs next to nothing, and a part of a stack a copy.
 */
export function cut(x: Tensor, axis: number, range: Range, users: Users): Tensor {
  const again = (from: Tensor, at: number) => cut(from, at, range, users);
  const { node } = x;
  const [a, b] = node.inputs as readonly [Tensor, Tensor];
  const isLast = axis === x.shape.length - 1;
  if ((users.get(x)?.length ?? 0) > 1) return slice(x, { axis, start: range.start, end: range.end });
  if (isOp(node, transposeOp)) {
    const { permutation } = node.params;
    return transpose(again(a, permutation[axis] as number), permutation);
  }
  if (isOp(node, gatherOp) && isLast && a.shape.length === 2) return gather(again(a, 1), b);
  if (isOp(node, matmulOp) && isLast && b.shape.length === 2 && !node.params.transposeB)
    return matmul(a, again(b, 1), { transposeA: node.params.transposeA });
  if (isOp(node, reshapeOp) && isLast && sameDim(a.shape.at(-1) as Dim, x.shape[axis] as Dim)) {
    const part = again(a, a.shape.length - 1);
    return reshape(part, [...x.shape.slice(0, -1), part.shape.at(-1) as Dim]);
  }
  if (node.op.batch === "elementwise") {
    const operands = node.inputs.map((operand) => {
      const own = axis - x.shape.length + operand.shape.length;
      return own < 0 || operand.shape[own] === 1 ? operand : again(operand, own);
    });
    return apply(node.op, operands, node.params);
  }
  return slice(x, { axis, start: range.start, end: range.end });
}

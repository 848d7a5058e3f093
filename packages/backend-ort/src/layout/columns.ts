import {
  type Dim,
  matmul,
  matmulOp,
  type Program,
  reshape,
  reshapeOp,
  rewriteProgram,
  sameDim,
  type Tensor,
  transpose,
} from "@throughtime/core";
import { isOp } from "./is-op.js";
import { turned } from "./sink-transposes.js";

/**
 * A weight's gradient reads a loop's stack [T, F, B], turned to rows [T·B, F], as the transposed left operand. Turned to
 * columns [F, T·B] it is as dear to make and read in place: rows(S)ᵀ·b → columns(S)·b, where b is the wider one.
 */
export function columnsForProducts(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    if (!isOp(node, matmulOp) || !node.params.transposeA || node.params.transposeB) return undefined;
    const [a, b] = inputs as readonly [Tensor, Tensor];
    const left = isWider(b, a) ? columns(a) : undefined;
    return left && [matmul(left, b)];
  });
}

const isWider = (b: Tensor, a: Tensor): boolean => {
  const [wide, narrow] = [b.shape[1] as Dim, a.shape[1] as Dim];
  return typeof wide === "number" && typeof narrow === "number" && wide > narrow;
};

/** rows [T·B, F] of a turned stack as columns [F, T·B]. */
function columns(rows: Tensor): Tensor | undefined {
  const { node } = rows;
  if (!isOp(node, reshapeOp) || rows.shape.length !== 2) return undefined;
  const stack = node.inputs[0] as Tensor;
  const from = turned(stack);
  if (from?.permutation.join() !== "0,2,1" || !sameDim(stack.shape[2] as Dim, rows.shape[1] as Dim)) return undefined;
  return reshape(transpose(from.source, [1, 0, 2]), [rows.shape[1] as Dim, rows.shape[0] as Dim]);
}

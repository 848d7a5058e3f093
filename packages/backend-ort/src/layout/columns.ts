import {
  broadcastOp,
  constantOp,
  type Dim,
  matmul,
  matmulOp,
  type Node,
  oneHot,
  type Program,
  reshape,
  reshapeOp,
  rewriteProgram,
  sameDim,
  scatterAddOp,
  type Tensor,
  transpose,
} from "@throughtime/core";
import { isOp } from "./is-op.js";
import { turned } from "./sink-transposes.js";

/** Tables with at most this many rows are added up by a product with a one-hot matrix (measured: 4 times ScatterElements). */
const ONE_HOT_ROWS = 512;

/**
 * Sums over all steps read a loop's stack [T, F, B] as columns [F, T·B], the long operand on the left and untransposed:
 * that is what the CPU kernels read in place, packing only the small operand.
 *
 *     aᵀ·rows(S)               →  (columns(S)·a)ᵀ      a weight's gradient
 *     rows(S)ᵀ·b               →  columns(S)·b
 *     scatterAdd(0, i, rows(S)) →  (columns(S)·oneHot(i))ᵀ
 */
export function columnsForProducts(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    const better =
      isOp(node, matmulOp) && node.params.transposeA ? product(inputs, node.params.transposeB) : scatter(node, inputs);
    return better && [better];
  });
}

function product([a, b]: readonly Tensor[], transposeB: boolean): Tensor | undefined {
  const right = transposeB ? undefined : columns(b as Tensor);
  if (right && isWider(b as Tensor, a as Tensor)) return transpose(matmul(right, a as Tensor));
  const left = columns(a as Tensor);
  return left && matmul(left, b as Tensor, { transposeB });
}

const isWider = (b: Tensor, a: Tensor): boolean => {
  const [wide, narrow] = [b.shape[1] as Dim, a.shape[1] as Dim];
  return typeof wide === "number" && typeof narrow === "number" && wide > narrow;
};

function scatter(node: Node, inputs: readonly Tensor[]): Tensor | undefined {
  if (!isOp(node, scatterAddOp)) return undefined;
  const [x, indices, updates] = inputs as readonly [Tensor, Tensor, Tensor];
  const rows = x.shape[0] as Dim;
  if (x.shape.length !== 2 || typeof rows !== "number" || rows > ONE_HOT_ROWS || !isZeros(x)) return undefined;
  const count = reshape(indices, [-1]);
  const flat = columns(reshape(updates, [count.shape[0] as Dim, x.shape[1] as Dim]));
  return flat && transpose(matmul(flat, oneHot(count, rows, x.dtype)));
}

const isZeros = ({ node }: Tensor): boolean => {
  const source = isOp(node, broadcastOp) ? (node.inputs[0] as Tensor).node : node;
  return isOp(source, constantOp) && source.params.value.data.every((value) => value === 0);
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

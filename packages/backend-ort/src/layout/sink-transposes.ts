import {
  apply,
  concat,
  concatOp,
  elementCount,
  isStatic,
  type Node,
  type Program,
  reshape,
  rewriteProgram,
  type Shape,
  slice,
  sliceOp,
  sum,
  sumOp,
  type Tensor,
  transpose,
  transposeOp,
} from "@throughtime/core";
import { isOp } from "./is-op.js";

/**
 * Transposes move behind elementwise ops, slices and joins, so that what two loops exchange keeps the loops' layout and
 * the transposes between them cancel.
 */
export function sinkTransposes(program: Program): Program {
  return rewriteProgram(program, sunk);
}

export interface Turned {
  readonly source: Tensor;
  readonly permutation: readonly number[];
}

/** What a tensor is the transpose of. */
export const turned = ({ node }: Tensor): Turned | undefined =>
  isOp(node, transposeOp) ? { source: node.inputs[0] as Tensor, permutation: node.params.permutation } : undefined;

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, axis) => permutation.indexOf(axis));

function sunk({ op, params, outputs }: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  const y = outputs[0] as Tensor;
  const node = y.node;
  const lead = inputs
    .map(turned)
    .find(
      (t) =>
        t !== undefined &&
        inputs.every((i) => i.shape.length <= t.permutation.length) &&
        inputs.some((i) => i.shape.length === t.permutation.length),
    );
  if (!lead) return undefined;
  const { permutation } = lead;
  const again = (tensor: Tensor) => [transpose(tensor, permutation)];
  if (isOp(node, transposeOp))
    return [
      transpose(
        lead.source,
        node.params.permutation.map((axis) => permutation[axis] as number),
      ),
    ];
  if (isOp(node, sliceOp)) {
    const { axis, start, end } = node.params;
    return again(slice(lead.source, { axis: permutation[axis] as number, start, end }));
  }
  if (isOp(node, sumOp) && !node.params.keepDims) {
    // The axes that stay must stay in order, since the result is not turned again.
    const axes = node.params.axis.map((axis) => permutation[axis] as number);
    const kept = permutation.filter((axis) => !axes.includes(axis));
    return kept.every((axis, i) => i === 0 || axis > (kept[i - 1] as number))
      ? [sum(lead.source, { axis: axes })]
      : undefined;
  }
  const joined = isOp(node, concatOp);
  if (!joined && op.batch !== "elementwise") return undefined;
  const operands = inputs.map((input) => unturned(input, permutation));
  if (!operands.every((operand) => operand !== undefined)) return undefined;
  return again(
    joined ? concat(operands, { axis: permutation[node.params.axis] as number }) : apply(op, operands, params),
  );
}

/** An operand as it stands before the transpose: known, cheap to make, or the same either way. */
function unturned(x: Tensor, permutation: readonly number[]): Tensor | undefined {
  const own = turned(x);
  if (own?.permutation.join() === permutation.join()) return own.source;
  const rank = permutation.length;
  if (x.shape.length === 0) return x;
  const full: Shape = [...Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const isSmall = full.filter((d) => d !== 1).length < 2 || (isStatic(full) && (elementCount(full) as number) <= 4096);
  if (isSmall || full[0] === 1) return transpose(reshape(x, full), inverse(permutation));
  return undefined;
}

import { apply, concat, type Node, type Program, rewriteProgram, sameShape, type Tensor } from "@throughtime/core";
import { isElementwise } from "../plan/kinds.js";
import { operandPart, sizeAlong, usesIn } from "./parts.js";

/** More parts than a loop has room for. */
const MAX_PARTS = 8;

/**
 * An elementwise op on a concat that only such ops read becomes a concat of ops on its parts: [a, b] · y → [a · y₀, b · y₁].
 * Each part is computed where it goes, beside whatever else has its shape.
 */
export function sinkJoins(program: Program): Program {
  const { readers, outputs } = usesIn(program);
  const spread = (tensor: Tensor): boolean =>
    tensor.node.op.name === "concat" &&
    tensor.node.inputs.length <= MAX_PARTS &&
    !outputs.has(tensor) &&
    (readers.get(tensor) ?? []).every((node) => isElementwise(node) && sameShape(resultOf(node).shape, tensor.shape));
  return rewriteProgram(program, (node, inputs) => {
    if (!isElementwise(node)) return undefined;
    const at = node.inputs.findIndex(spread);
    const joined = inputs[at];
    if (joined?.node.op.name !== "concat") return undefined;
    const { axis } = joined.node.params as { axis: number };
    // A join of size 1 has an empty part; beside it, an operand of size 1 is not one that broadcasts. And every part of a
    // join of size 0 is all of it, so that each op on it would multiply what comes after.
    if (sizeAlong(joined, axis) <= 1) return undefined;
    const rank = joined.shape.length;
    let start = 0;
    const parts = joined.node.inputs.map((piece) => {
      const end = start + sizeAlong(piece, axis);
      const operands = inputs.map((input) => operandPart(input, rank, axis, start, end));
      start = end;
      return apply(node.op, operands, node.params);
    });
    return [concat(parts, { axis })];
  });
}

const resultOf = ({ outputs }: Node): Tensor => outputs[0] as Tensor;

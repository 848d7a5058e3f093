import { addDim, type Dim } from "../dim.js";
import { apply } from "../op.js";
import { concat } from "../ops/concat.js";
import { type MatmulParams, matmulOp } from "../ops/matmul.js";
import { slice, sliceOp } from "../ops/slice.js";
import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { estimate, isOp, type Ranks } from "./analysis.js";
import { type Group, rewriteGroups } from "./groups.js";
import { Identities } from "./keys.js";

type Product = Node & { readonly params: MatmulParams };

/**
 * Several products of one left operand become one product with joined right operands, where joining is cheap: they do
 * not change in the loop, are smaller than the result, or are neighbouring slices already.
 */
export function groupProducts(program: Program, ranks?: Ranks): Program {
  const ids = new Identities();
  const byLeft = new Map<string, Product[]>();
  for (const node of program.equations) {
    if (!isOp(node, matmulOp)) continue;
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    const y = node.outputs[0] as Tensor;
    const from =
      isOp(b.node, sliceOp) && b.node.params.axis === joinAxis(b, node.params)
        ? `s${ids.of(b.node.inputs[0] as Tensor)}`
        : "";
    const cheap = ranks ? (ranks.get(b) ?? 0) < (ranks.get(y) as number) : estimate(b.shape) * 2 <= estimate(y.shape);
    if (!cheap && from === "") continue;
    const key = `${ids.of(a)}|${node.params.transposeA}|${node.params.transposeB}|${cheap ? "" : from}`;
    const list = byLeft.get(key);
    if (list) list.push(node);
    else byLeft.set(key, [node]);
  }
  const groups = [...byLeft.values()].flatMap((nodes) => {
    const distinct = nodes.filter((node, i) => nodes.findIndex((other) => other.inputs[1] === node.inputs[1]) === i);
    return distinct.length > 1 ? [asGroup(inOrder(distinct))] : [];
  });
  return rewriteGroups(program, groups);
}

const joinAxis = (b: Tensor, { transposeB }: MatmulParams): number => b.shape.length - (transposeB ? 2 : 1);

/** Slices of one tensor in their order, so that joining them gives that tensor back; others as they came. */
function inOrder(nodes: readonly Product[]): readonly Product[] {
  const startOf = (node: Product) => {
    const from = (node.inputs[1] as Tensor).node;
    return isOp(from, sliceOp) && typeof from.params.start === "number" ? from.params.start : 0;
  };
  const sources = new Set(nodes.map((node) => (node.inputs[1] as Tensor).node.inputs[0]));
  return sources.size === 1 ? [...nodes].sort((a, b) => startOf(a) - startOf(b)) : nodes;
}

function asGroup(members: readonly Product[]): Group {
  const { params } = members[0] as Product;
  return {
    members,
    build(operands) {
      const rights = operands.map(([, b]) => b as Tensor);
      const left = operands[0]?.[0] as Tensor;
      const y = apply(matmulOp, [left, concat(rights, joinAxis(rights[0] as Tensor, params))], params);
      const axis = y.shape.length - 1;
      let at: Dim = 0;
      return members.map(({ outputs }) => {
        const start = at;
        at = addDim(at, (outputs[0] as Tensor).shape.at(-1) as Dim);
        return [slice(y, axis, start, at)];
      });
    },
  };
}

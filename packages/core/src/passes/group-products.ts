import { addDim, type Dim } from "../dim.js";
import { apply } from "../op.js";
import { concat } from "../ops/concat.js";
import { type MatmulParams, matmulOp } from "../ops/matmul.js";
import { slice, sliceOp } from "../ops/slice.js";
import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { estimate, isOp, type Ranks, type Users, usersOf } from "./analysis.js";
import { byDestination } from "./destinations.js";
import { type Group, rewriteGroups } from "./groups.js";
import { Identities } from "./keys.js";
import { type Run, runsOf } from "./runs.js";

type Product = Node & { readonly params: MatmulParams };

/**
 * Several products of one left operand become one product with joined right operands, where joining is cheap: they do
 * not change in the loop, are smaller than the result, or are neighbouring slices already.
 */
export function groupProducts(program: Program, ranks?: Ranks): Program {
  const ids = new Identities();
  const byLeft = new Map<string, Product[]>();
  const bySource = new Map<string, Piece[]>();
  for (const node of program.equations) {
    if (!isOp(node, matmulOp)) continue;
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    const y = node.outputs[0] as Tensor;
    const key = `${ids.of(a)}|${node.params.transposeA}|${node.params.transposeB}`;
    const cheap = ranks ? (ranks.get(b) ?? 0) < (ranks.get(y) as number) : estimate(b.shape) * 2 <= estimate(y.shape);
    if (cheap) push(byLeft, key, node);
    else if (isOp(b.node, sliceOp) && b.node.params.axis === joinAxis(b, node.params)) {
      push(bySource, `${key}|${ids.of(b.node.inputs[0] as Tensor)}`, { node, ...b.node.params });
    }
  }
  const several = [...byLeft.values()].filter((nodes) => nodes.length > 1);
  const users: Users = several.length > 0 ? usersOf(program) : new Map();
  const groups = several.flatMap((nodes) => {
    const distinct = nodes.filter((node, i) => nodes.findIndex((other) => other.inputs[1] === node.inputs[1]) === i);
    return distinct.length > 1 ? [asGroup(inOrder(distinct, users))] : [];
  });
  for (const pieces of bySource.values()) {
    for (const run of runsOf(pieces)) groups.push(asGroup(run.map(({ node }) => node)));
  }
  return rewriteGroups(program, groups);
}

/** A product with a slice on its right. */
interface Piece extends Run {
  readonly node: Product;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const joinAxis = (b: Tensor, { transposeB }: MatmulParams): number => b.shape.length - (transposeB ? 2 : 1);

/** Slices of one tensor in their order, so that joining them gives that tensor back; others by where they end up. */
function inOrder(nodes: readonly Product[], users: Users): readonly Product[] {
  const startOf = ({ inputs }: Product) => {
    const from = (inputs[1] as Tensor).node;
    return isOp(from, sliceOp) && typeof from.params.start === "number" ? from.params.start : undefined;
  };
  const sources = new Set(nodes.map((node) => (node.inputs[1] as Tensor).node.inputs[0]));
  if (sources.size === 1 && nodes.every((node) => startOf(node) !== undefined))
    return [...nodes].sort((a, b) => (startOf(a) as number) - (startOf(b) as number));
  return byDestination(users, nodes, ({ outputs }) => outputs[0] as Tensor);
}

function asGroup(members: readonly Product[]): Group {
  const { params } = members[0] as Product;
  return {
    members,
    build(operands) {
      const rights = operands.map(([, b]) => b as Tensor);
      const left = operands[0]?.[0] as Tensor;
      const y = apply(matmulOp, [left, concat(rights, { axis: joinAxis(rights[0] as Tensor, params) })], params);
      const axis = y.shape.length - 1;
      let at: Dim = 0;
      return members.map(({ outputs }) => {
        const start = at;
        at = addDim(at, (outputs[0] as Tensor).shape.at(-1) as Dim);
        return [slice(y, { axis, start, end: at })];
      });
    },
  };
}

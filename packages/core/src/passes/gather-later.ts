import { type Shape, sameShape } from "../dim.js";
import { apply } from "../op.js";
import { zeros } from "../ops/fill.js";
import { gather, gatherOp } from "../ops/gather.js";
import { matmul, matmulOp } from "../ops/matmul.js";
import { reshape, reshapeOp } from "../ops/reshape.js";
import { scatterAdd, scatterAddOp } from "../ops/scatter-add.js";
import { sum, sumOp } from "../ops/sum.js";
import { type Environment, type Program, rebuild, rewriteProgram } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { constantValue, estimate, isOp, type Users, usersOf } from "./analysis.js";

/**
 * Rows are multiplied before they are looked up, where a table has fewer rows than there are look-ups:
 *
 *     gather(E, i)·W      →  gather(E·W, i)
 *     gather(E, i)ᵀ·dz    →  Eᵀ·scatterAdd(0, i, dz)
 *     scatterAdd(0, i, dz·Wᵀ)  →  scatterAdd(0, i, dz)·Wᵀ
 *     gather(E, i) + b    →  gather(E + b, i)
 *     Σ over i of dz      →  Σ over rows of scatterAdd(0, i, dz), where that is there anyway
 *
 * For a character model this takes three of the six large products of a training step away.
 */
export function gatherLater(program: Program): Program {
  const users = usersOf(program);
  const scattered = scatteredUpdates(program);
  return rewriteProgram(program, (node, inputs, env) => {
    const outputs = rebuild(node, inputs);
    const better =
      productOfRows(outputs[0] as Tensor) ??
      scatteredProduct(outputs[0] as Tensor) ??
      sumOfScattered(node, env, scattered) ??
      elementwiseOfRows(node, outputs[0] as Tensor, users);
    return better ? [better] : outputs;
  });
}

interface LookUp {
  readonly table: Tensor;
  readonly indices: Tensor;
  readonly columns: number;
}

/** x as rows of a smaller table: gather with any number of index axes, flattened or not. */
function lookUp(x: Tensor): LookUp | undefined {
  const { node } = isOp(x.node, reshapeOp) ? (x.node.inputs[0] as Tensor) : x;
  if (!isOp(node, gatherOp)) return undefined;
  const [table, indices] = node.inputs as readonly [Tensor, Tensor];
  const columns = table.shape[1];
  // The reshape must only flatten the index axes.
  if (table.shape.length !== 2 || typeof columns !== "number" || x.shape.at(-1) !== columns) return undefined;
  return isSmaller(table.shape, indices.shape) ? { table, indices, columns } : undefined;
}

const isSmaller = (table: Shape, indices: Shape) => estimate([table[0] as number]) * 2 <= estimate(indices);

function productOfRows(y: Tensor): Tensor | undefined {
  if (!isOp(y.node, matmulOp) || y.shape.length !== 2) return undefined;
  const [a, b] = y.node.inputs as readonly [Tensor, Tensor];
  const { transposeA, transposeB } = y.node.params;
  const rows = lookUp(a);
  if (!rows || a.shape.length !== 2) return undefined;
  if (!transposeA) return reshape(gather(matmul(rows.table, b, { transposeB }), rows.indices), y.shape);
  if (transposeB) return undefined;
  const perRow = [...rows.indices.shape, b.shape[1] as number];
  const sums = scatterAdd(
    zeros([rows.table.shape[0] as number, b.shape[1] as number], b.dtype),
    rows.indices,
    reshape(b, perRow),
  );
  return matmul(rows.table, sums, { transposeA: true });
}

function scatteredProduct(y: Tensor): Tensor | undefined {
  if (!isOp(y.node, scatterAddOp)) return undefined;
  const [x, indices, updates] = y.node.inputs as readonly [Tensor, Tensor, Tensor];
  if (constantValue(x) !== 0 || x.shape.length !== 2 || !isSmaller(x.shape, indices.shape)) return undefined;
  const from = isOp(updates.node, reshapeOp) ? (updates.node.inputs[0] as Tensor) : updates;
  if (!isOp(from.node, matmulOp) || from.shape.length !== 2 || from.node.params.transposeA) return undefined;
  const [dz, weights] = from.node.inputs as readonly [Tensor, Tensor];
  const width = dz.shape[1] as number;
  const sums = scatterAdd(
    zeros([x.shape[0] as number, width], dz.dtype),
    indices,
    reshape(dz, [...indices.shape, width]),
  );
  return matmul(sums, weights, { transposeB: from.node.params.transposeB });
}

/** An elementwise op with something that is the same for every row can be done on the table. */
function elementwiseOfRows({ inputs: originals }: Node, y: Tensor, users: Users): Tensor | undefined {
  const { op, inputs, params } = y.node;
  if (op.batch !== "elementwise" || inputs.length > 2) return undefined;
  const at = inputs.findIndex(({ node }) => isOp(node, gatherOp));
  if (at < 0 || users.get(originals[at] as Tensor)?.length !== 1) return undefined;
  const x = inputs[at] as Tensor;
  const [table, indices] = x.node.inputs as readonly [Tensor, Tensor];
  const others = inputs.filter((_, i) => i !== at);
  if (!sameShape(x.shape, y.shape) || !isSmaller(table.shape, indices.shape)) return undefined;
  if (others.some(({ shape }) => shape.length > table.shape.length - 1)) return undefined;
  const rows = inputs.map((input, i) => (i === at ? table : input));
  return apply(gatherOp, [apply(op, rows, params), indices], x.node.params);
}

/** What is scattered onto zeros, by the tensor of updates. */
function scatteredUpdates(program: Program): Map<Tensor, Node> {
  const found = new Map<Tensor, Node>();
  for (const node of program.equations) {
    if (!isOp(node, scatterAddOp) || constantValue(node.inputs[0] as Tensor) !== 0) continue;
    const [x, indices] = node.inputs as readonly [Tensor, Tensor, Tensor];
    if (isSmaller(x.shape, indices.shape)) found.set(node.inputs[2] as Tensor, node);
  }
  return found;
}

/** Every update lands in some row, so the rows' sum is the updates' sum. */
function sumOfScattered(node: Node, env: Environment, scattered: ReadonlyMap<Tensor, Node>): Tensor | undefined {
  if (!isOp(node, sumOp) || node.params.keepDims) return undefined;
  const scatter = scattered.get(node.inputs[0] as Tensor);
  if (!scatter) return undefined;
  // It may stand further down; made again here, it is shared with that one.
  const [indices, updates] = scatter.inputs.slice(1).map((input) => env.get(input)) as [
    Tensor | undefined,
    Tensor | undefined,
  ];
  if (!indices || !updates) return undefined;
  const { shape, dtype } = scatter.outputs[0] as Tensor;
  const table = scatterAdd(zeros(shape, dtype), indices, updates);
  const indexRank = (scatter.inputs[1] as Tensor).shape.length;
  const { axis } = node.params;
  const isAll = axis.length === indexRank && axis.every((each, i) => each === i);
  return isAll ? sum(table, { axis: 0 }) : undefined;
}

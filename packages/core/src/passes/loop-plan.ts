import { constantOp } from "../op.js";
import { broadcastOp } from "../ops/broadcast.js";
import { sliceOp } from "../ops/slice.js";
import { reachableNodes } from "../program.js";
import { splitInputs } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { type Accumulator, findAccumulators, leavesLoop } from "./accumulators.js";
import { CARRIED, constantValue, INVARIANT, isOp, PER_STEP, type Ranks, type ScanNode } from "./analysis.js";
import { absorbsBulk, bulkLimit, isBulky } from "./bulk.js";

export interface Plan {
  readonly accumulators: readonly (Accumulator | undefined)[];
  /** Equations that compute the next carries. */
  readonly loop: ReadonlySet<Node>;
  readonly reads: Reads;
  /** What the loop hands out at each step: read after it, made in it. */
  readonly emitted: readonly Tensor[];
  /** Carries whose values as steps begin are read after the loop, and follow from the emitted next values. */
  readonly shifted: readonly number[];
}

/**
 * Whether a next carry is one elementwise op on what is emitted anyway: then it is made again after the loop, since to
 * hand out a value that is both carry and output costs a copy at every step.
 */
const isRepeatable = (next: Tensor, emitted: ReadonlySet<Tensor>, isCarried: (t: Tensor) => boolean) =>
  emitted.has(next) &&
  next.node.op.batch === "elementwise" &&
  next.node.inputs.every((input) => input !== next && (emitted.has(input) || !isCarried(input)));

/** What the next carries need, and what is kept in the loop with it, since after the loop it would need large stacks; and the carries that need no loop. */
export function findLoop({ params }: ScanNode, ranks: Ranks) {
  const { body, carries } = params;
  const inner = splitInputs(body.inputs, params);
  const sums = findAccumulators(body, inner.carries);
  const limit = bulkLimit(inner.carries, sums);
  const isCarried = ({ outputs }: Node) => ranks.get(outputs[0] as Tensor) === CARRIED;
  const neededFor = (results: readonly Tensor[]) =>
    new Set(reachableNodes(results, new Set(body.inputs)).filter(isCarried));
  const next = body.outputs.slice(0, carries);
  const absorbs = absorbsBulk(body, ranks, neededFor(next.filter((_, i) => !sums[i])), limit);
  const leaves = leavesLoop(body, absorbs);
  const accumulators = sums.map((sum) => (sum?.every(leaves) ? sum : undefined));
  const kept = next.filter((_, i) => !accumulators[i]);
  const absorbing = body.equations.filter((node) => isCarried(node) && absorbs(node));
  const loop = neededFor([...kept, ...absorbing.flatMap(({ outputs }) => outputs)]);
  const staysInside = (tensor: Tensor) => isBulky(tensor, limit) || absorbs(tensor.node);
  return { accumulators, kept, loop, staysInside };
}

/** Decides what stays in the loop; undefined where everything does. */
export function planLoop(node: ScanNode, ranks: Ranks): Plan | undefined {
  const { body, carries } = node.params;
  const inner = splitInputs(body.inputs, node.params);
  const isCarried = (tensor: Tensor) => ranks.get(tensor) === CARRIED;
  const { accumulators, kept, loop, staysInside } = findLoop(node, ranks);
  const later = [
    ...body.outputs.slice(carries),
    ...accumulators.flatMap((terms) => terms?.map(({ tensor }) => tensor) ?? []),
  ];

  const emitted = new Set<Tensor>();
  const shifted = new Set<number>();
  const seen = new Set<Tensor>();
  const pending = [...later];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (seen.has(tensor) || !isCarried(tensor)) continue;
    seen.add(tensor);
    const carry = inner.carries.indexOf(tensor);
    if (carry >= 0) {
      const next = body.outputs[carry] as Tensor;
      const isMade = loop.has(next.node) && !next.node.op.view;
      emitted.add(isMade ? next : tensor);
      if (isMade) shifted.add(carry);
    } else if (loop.has(tensor.node) && (!tensor.node.op.view || isOp(tensor.node, sliceOp))) emitted.add(tensor);
    else for (const input of tensor.node.inputs) pending.push(input);
  }
  for (const next of kept) if (isRepeatable(next, emitted, isCarried)) emitted.delete(next);
  const reads = loopReads(kept, loop, ranks, staysInside);
  const movesBefore = body.equations.some(
    (n) => !isCarried(n.outputs[0] as Tensor) && !isFree(n) && !reads.inside.has(n),
  );
  const movesAfter = body.equations.some((n) => isCarried(n.outputs[0] as Tensor) && !loop.has(n));
  const passesThrough = body.outputs.slice(carries).some((y) => !isCarried(y)) || shifted.size > 0;
  return movesBefore || movesAfter || passesThrough
    ? { accumulators, loop, reads, emitted: [...emitted], shifted: [...shifted] }
    : undefined;
}

/** What a loop reads from outside, and the equations that it repeats inside. */
export interface Reads {
  /** The same at every step. */
  readonly captures: readonly Tensor[];
  /** One for each step. */
  readonly xs: readonly Tensor[];
  readonly inside: ReadonlySet<Node>;
}

/** What equations of the loop read, and results that are not made in it. */
function loopReads(
  results: readonly Tensor[],
  loop: ReadonlySet<Node>,
  ranks: Ranks,
  staysInside: (tensor: Tensor) => boolean,
): Reads {
  const captures = new Set<Tensor>();
  const xs = new Set<Tensor>();
  const inside = new Set<Node>();
  const seen = new Set<Tensor>();
  const pending = [...results, ...[...loop].flatMap(({ inputs }) => inputs)];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    const rank = ranks.get(tensor);
    if (seen.has(tensor) || rank === CARRIED) continue;
    seen.add(tensor);
    if (isFree(tensor.node) || (rank === PER_STEP && staysInside(tensor))) {
      inside.add(tensor.node);
      for (const input of tensor.node.inputs) pending.push(input);
    } else (rank === INVARIANT ? captures : xs).add(tensor);
  }
  return { captures: [...captures], xs: [...xs], inside };
}

/** Constants, also as views, and broadcasts cost nothing in a loop, and much as stacks. */
const isFree = (node: Node) =>
  isOp(node, constantOp) || isOp(node, broadcastOp) || constantValue(node.outputs[0] as Tensor) !== undefined;

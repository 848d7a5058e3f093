import type { Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { estimate, INVARIANT, type Ranks } from "./analysis.js";
import { isCheap, isExpansion, MUCH_LARGER, sourcesOf } from "./sources.js";

/** From which size on a value is much larger than a loop's state, its carries but those that are sums; than these where there is no other. */
export function bulkLimit(carries: readonly Tensor[], sums: readonly unknown[]): number {
  const states = carries.filter((_, i) => !sums[i]);
  const counted = states.length > 0 ? states : carries;
  return MUCH_LARGER * counted.reduce((most, { shape }) => Math.max(most, estimate(shape)), 0);
}

/**
 * A cheap op on something much larger than the state, such as on the scores of attention, [B, S, A] beside [B, H]: as a
 * stack over all steps it would be the largest value of the Program, and in a loop that handles such values one more op
 * counts for little. Views of such a value too.
 */
export function isBulky(tensor: Tensor, limit: number): boolean {
  let { node } = tensor;
  while (node.op.view) node = (node.inputs[0] as Tensor).node;
  return node.op.batch === "elementwise" && estimate(tensor.shape) > limit;
}

/**
 * Whether an equation makes something much smaller of what is larger than `limit` and would be a stack for its sake alone: what
 * the `loop` makes, or what cheap ops make of much smaller values. The sum over all entries of a memory is such, and the
 * product with one row of weights; one with a matrix that is as large is not: over all steps at once it is faster.
 */
export function absorbsBulk(
  { equations }: Program,
  ranks: Ranks,
  loop: ReadonlySet<Node>,
  limit: number,
): (node: Node) => boolean {
  const isStill = (tensor: Tensor) => ranks.get(tensor) === INVARIANT;
  const sources = sourcesOf(equations, isStill);
  /** What the loop makes, and what cheap ops make of that. */
  const made = new Set<Tensor>();
  for (const node of equations) {
    if (!loop.has(node) && !(isCheap(node) && node.inputs.some((input) => made.has(input)))) continue;
    for (const y of node.outputs) if (estimate(y.shape) > limit) made.add(y);
  }
  const needsStack = (tensor: Tensor) => made.has(tensor) || (!isStill(tensor) && isExpansion(tensor, sources(tensor)));
  return ({ inputs, outputs: [y] }) =>
    inputs.some((input) => {
      const size = estimate(input.shape);
      const isMuchLarger = (other: Tensor) => size >= MUCH_LARGER * estimate(other.shape);
      return (
        size > limit && isMuchLarger(y as Tensor) && inputs.filter(isStill).every(isMuchLarger) && needsStack(input)
      );
    });
}

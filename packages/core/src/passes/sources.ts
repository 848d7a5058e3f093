import type { Node, Tensor } from "../tensor.js";
import { estimate } from "./analysis.js";

/** How many times as large a value is, to be much larger. Gates of all cells in use are up to some 5 times as large as the state. */
export const MUCH_LARGER = 8;

/** Elementwise ops and views: making their result again costs little more than reading it. */
export const isCheap = ({ op }: Node): boolean => op.batch === "elementwise" || op.view === true;

/**
 * For each value of a loop's step, the smallest values that cheap ops make it of: tanh(keys + q), [B, S, A], of the query q,
 * [B, A], where the keys are the same at every step. Itself where it is not larger than these. What is the same at every step, `isStill`,
 * is there anyway and counts for nothing.
 */
export function sourcesOf(
  nodes: readonly Node[],
  isStill: (tensor: Tensor) => boolean,
): (tensor: Tensor) => readonly Tensor[] {
  const found = new Map<Tensor, readonly Tensor[]>();
  const of = (tensor: Tensor) => found.get(tensor) ?? (isStill(tensor) ? [] : [tensor]);
  for (const node of nodes) {
    const [y] = node.outputs as readonly [Tensor];
    if (!isCheap(node) || isStill(y)) continue;
    const sources = [...new Set(node.inputs.flatMap(of))];
    if (total(sources) < estimate(y.shape)) found.set(y, sources);
  }
  return of;
}

/** Whether a value is much larger than what cheap ops make it of: as a stack over all steps it costs more than making it again. */
export const isExpansion = (tensor: Tensor, sources: readonly Tensor[]): boolean =>
  MUCH_LARGER * total(sources) <= estimate(tensor.shape);

const total = (tensors: readonly Tensor[]): number => tensors.reduce((sum, { shape }) => sum + estimate(shape), 0);

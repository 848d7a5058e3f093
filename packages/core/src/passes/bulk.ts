import type { Tensor } from "../tensor.js";
import { estimate } from "./analysis.js";

/** Gates of all cells in use are up to some 5 times as large as the state. */
const MUCH_LARGER = 8;

/** From which size on a value is much larger than a loop's state. */
export const bulkLimit = (states: readonly Tensor[]): number =>
  MUCH_LARGER * states.reduce((most, { shape }) => Math.max(most, estimate(shape)), 0);

/**
 * A cheap op on something much larger than the state, such as on the scores of attention, [B, S, A] beside [B, H]: as a
 * stack over all steps it would be the largest value of the Program, and in a loop that handles such values one more op
 * counts for little.
 */
export const isBulky = ({ node, shape }: Tensor, limit: number): boolean =>
  node.op.batch === "elementwise" && estimate(shape) > limit;

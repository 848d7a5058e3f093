import { OptionError } from "@throughtime/core";

/** The divisor of a hypothesis' log-probability, from its length with the end token (so at least 1). Above 0. */
export type LengthPenalty = (length: number) => number;

/** None: hypotheses compete by their probability, which favours short ones. */
export const noPenalty: LengthPenalty = () => 1;

/** The length: hypotheses compete by their mean ln p per token. */
export const averagePenalty: LengthPenalty = (length) => length;

/**
 * ((5 + length) / 6)^α. Wu et al. 2016, "Google's neural machine translation system", equation 14. α: 0 is no penalty, 0.6 to
 * 1 is usual. Throws OptionError unless α is in [0, Infinity).
 */
export function wuPenalty(alpha: number): LengthPenalty {
  if (!(alpha >= 0 && alpha < Infinity)) {
    throw new OptionError(`wuPenalty: alpha must be a number ≥ 0, received ${alpha}.`, { alpha });
  }
  return (length) => ((5 + length) / 6) ** alpha;
}

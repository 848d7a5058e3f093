import { OptionError } from "@throughtime/core";

/** Adds the tokens to the counts. */
export function countTokens(counts: Map<string, number>, tokens: Iterable<string>): void {
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
}

export interface FrequentOptions {
  /** Tokens that are there less often are left out. Default 1. */
  readonly minFrequency?: number;
  /** How many tokens at most. Default: all. */
  readonly maxSize?: number;
}

/** The tokens that are there often enough, the most frequent first; of equally frequent ones in the order of their code units. */
export function frequentTokens(
  counts: ReadonlyMap<string, number>,
  { minFrequency = 1, maxSize = Infinity }: FrequentOptions = {},
): string[] {
  if (!(minFrequency >= 1) || !(maxSize >= 0)) {
    throw new OptionError(
      `frequentTokens: minFrequency must be ≥ 1 and maxSize ≥ 0, received ${minFrequency} and ${maxSize}.`,
    );
  }
  return [...counts]
    .filter(([, count]) => count >= minFrequency)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maxSize)
    .map(([token]) => token);
}

import { OptionError, optionsOf } from "@throughtime/core";
import { requireCounts, requireTokens } from "../require.js";

/** Adds the tokens to the counts. Throws ArgumentError where these are no Map and no list. */
export function countTokens(counts: Map<string, number>, tokens: Iterable<string>): void {
  requireCounts("countTokens: argument 1", counts);
  requireTokens("countTokens: argument 2", tokens);
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
}

export interface FrequentOptions {
  /** Tokens that are there less often are left out. Default 1. */
  readonly minFrequency?: number;
  /** How many tokens at most. Default: all. */
  readonly maxSize?: number;
}

/** The tokens that are there often enough, the most frequent first; of equally frequent ones in the order of their code units. */
export function frequentTokens(counts: ReadonlyMap<string, number>, options: FrequentOptions = {}): string[] {
  requireCounts("frequentTokens: argument 1", counts);
  const { minFrequency = 1, maxSize = Infinity } = optionsOf("frequentTokens", options, "minFrequency", "maxSize");
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

import { bestTokens, type ScoredToken } from "./best-tokens.js";
import type { Hypothesis, Live } from "./hypothesis.js";
import type { LengthPenalty } from "./length-penalty.js";
import { repeatingTokens } from "./repeated.js";

/** What the search for one sequence is told. */
export interface BeamRules {
  readonly size: number;
  readonly nBest: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly end: number;
  readonly never: readonly number[];
  readonly noRepeat: number | undefined;
  readonly penalty: LengthPenalty;
  readonly stopping: "safe" | "never";
}

/** The search for one sequence: what it follows, and what it has found. */
export interface Beam {
  readonly live: readonly Live[];
  /** The best first; at most `size`. */
  readonly finished: readonly Hypothesis[];
}

export const isDone = ({ live }: Beam): boolean => live.length === 0;

/** One row of what a step returned. */
export interface Row {
  /** The row's number. */
  readonly row: number;
  /** [V]; changed here. */
  readonly logProbabilities: Float32Array;
  readonly attention: Float32Array | undefined;
}

/**
 * Goes on by one token. `rows` are what the step said after each live hypothesis. Of all continuations the 2·size best
 * are looked at; those that end and are among the first `size` are finished, the first `size` others go on.
 */
export function advance({ live, finished }: Beam, rows: readonly Row[], rules: BeamRules): Beam {
  const { size, end, maxLength } = rules;
  const length = live[0]?.tokens.length ?? 0;
  const candidates = live.flatMap((from, i) => {
    const { logProbabilities, attention, row } = rows[i] as Row;
    const choices = length >= maxLength ? only(end, logProbabilities) : allowed(from, logProbabilities, rules);
    return choices.map(({ token, logProbability }) => ({
      token,
      live: {
        tokens: [...from.tokens, token],
        logProbability: from.logProbability + logProbability,
        attention: attention && [...(from.attention ?? []), attention],
        row,
      },
    }));
  });
  // Stable: of equal ones, that of the better parent, then the lower id.
  candidates.sort((a, b) => b.live.logProbability - a.live.logProbability);
  const ended = candidates.slice(0, size).filter(({ token }) => token === end);
  const next = candidates.filter(({ token }) => token !== end).slice(0, size);
  const all = [...finished, ...ended.map((candidate) => finish(candidate.live, rules))];
  all.sort((a, b) => b.score - a.score);
  const best = all.slice(0, size);
  const open = next.map((candidate) => candidate.live);
  return { finished: best, live: canStop(best, open, rules) ? [] : open };
}

/** The likeliest continuations that the rules allow; where there is none, the end. */
function allowed(from: Live, row: Float32Array, rules: BeamRules): ScoredToken[] {
  const { size, end, minLength, never, noRepeat } = rules;
  const atEnd = row[end] as number;
  for (const token of never) row[token] = Number.NEGATIVE_INFINITY;
  if (noRepeat !== undefined) {
    for (const token of repeatingTokens(from.tokens, noRepeat)) row[token] = Number.NEGATIVE_INFINITY;
  }
  row[end] = from.tokens.length < minLength ? Number.NEGATIVE_INFINITY : atEnd;
  const best = bestTokens(row, 2 * size);
  return best.length > 0 || !(atEnd > Number.NEGATIVE_INFINITY) ? best : [{ token: end, logProbability: atEnd }];
}

const only = (token: number, row: Float32Array): ScoredToken[] => [{ token, logProbability: row[token] as number }];

function finish({ tokens, logProbability, attention }: Live, { penalty }: BeamRules): Hypothesis {
  const score = logProbability / penalty(tokens.length); // The end is among them.
  return { tokens: tokens.slice(0, -1), score, logProbability, ...(attention ? { attention } : {}) };
}

/** Whether no hypothesis that goes on can still come among the n best: ln p only falls, and is divided by at most `most`. */
function canStop(finished: readonly Hypothesis[], live: readonly Live[], rules: BeamRules): boolean {
  const worst = finished[rules.nBest - 1];
  if (rules.stopping === "never" || worst === undefined || live.length === 0) return false;
  const length = (live[0] as Live).tokens.length;
  let most = 0;
  for (let l = length + 1; l <= rules.maxLength + 1; l++) most = Math.max(most, rules.penalty(l));
  return live.every(({ logProbability }) => logProbability / most <= worst.score);
}

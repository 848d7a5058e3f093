import { SEPARATOR, type Segment, type Tokens } from "./segments.js";

/** How often each n-gram of `items` is there. */
export function countNgrams(items: readonly string[], n: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    const ngram = items.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** What BLEU is made of. */
export interface Matches {
  /** n-grams of the hypothesis that a reference has too, at most as often as one reference has them; of n = 1, 2, …. */
  readonly correct: readonly number[];
  /** n-grams of the hypothesis. */
  readonly total: readonly number[];
  /** Tokens of the hypothesis, and of the reference closest in length. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

/** Of one hypothesis with its references: n-grams up to `order`. */
export function matchesOf({ hypothesis, references }: Segment<Tokens>, order: number): Matches {
  const [correct, total] = [Array<number>(order).fill(0), Array<number>(order).fill(0)];
  for (let n = 1; n <= order; n++) {
    const counts = references.map((reference) => countNgrams(reference, n, SEPARATOR));
    for (const [ngram, count] of countNgrams(hypothesis, n, SEPARATOR)) {
      const most = counts.reduce((soFar, one) => Math.max(soFar, one.get(ngram) ?? 0), 0);
      total[n - 1] = (total[n - 1] as number) + count;
      correct[n - 1] = (correct[n - 1] as number) + Math.min(count, most);
    }
  }
  const lengths = references.map(({ length }) => length);
  return { correct, total, hypothesisLength: hypothesis.length, referenceLength: closest(hypothesis.length, lengths) };
}

/** Of a corpus. */
export function sumOfMatches(all: readonly Matches[], order: number): Matches {
  const sum = (of: (one: Matches) => number) => all.reduce((soFar, one) => soFar + of(one), 0);
  const orders = Array.from({ length: order }, (_, i) => i);
  return {
    correct: orders.map((i) => sum(({ correct }) => correct[i] as number)),
    total: orders.map((i) => sum(({ total }) => total[i] as number)),
    hypothesisLength: sum(({ hypothesisLength }) => hypothesisLength),
    referenceLength: sum(({ referenceLength }) => referenceLength),
  };
}

/** Of lengths that are equally close, the shorter. */
const closest = (length: number, lengths: readonly number[]): number =>
  lengths.reduce((best, other) => {
    const [a, b] = [Math.abs(other - length), Math.abs(best - length)];
    return a < b || (a === b && other < best) ? other : best;
  });

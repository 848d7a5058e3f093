import { ArgumentError, DataError, describe, requireList } from "@throughtime/core";

/** What a hypothesis is compared with: one reference, or several of which the closest counts. */
export type Reference = string | readonly string[];

/** A hypothesis with its references. */
export interface Segment {
  readonly hypothesis: string;
  readonly references: readonly string[];
}

/** Each hypothesis with its references. Throws DataError where the two do not pair up, ArgumentError where they are no strings. */
export function paired(
  metric: string,
  hypotheses: readonly string[],
  references: readonly Reference[],
): readonly Segment[] {
  requireList(`${metric}: hypotheses`, hypotheses);
  requireList(`${metric}: references`, references);
  if (hypotheses.length !== references.length) {
    throw new DataError(
      `${metric}: ${hypotheses.length} hypotheses and ${references.length} references; one (or a list) is needed for each.`,
      { hypotheses: hypotheses.length, references: references.length },
    );
  }
  return hypotheses.map((hypothesis, i) => {
    const own = references[i] as Reference;
    const list = typeof own === "string" ? [own] : own;
    requireList(`${metric}: the references of hypothesis ${i}`, list);
    for (const text of [hypothesis, ...list]) {
      if (typeof text === "string") continue;
      throw new ArgumentError(
        `${metric}: hypothesis ${i} or a reference of it is ${describe(text)}; expected strings.`,
      );
    }
    if (list.length === 0) throw new DataError(`${metric}: hypothesis ${i} has no reference.`, { index: i });
    return { hypothesis, references: list };
  });
}

/** How a signature says how many references each hypothesis has. */
export function referenceCount(segments: readonly Segment[]): string {
  const count = segments[0]?.references.length ?? 1;
  return segments.every(({ references }) => references.length === count) ? `nrefs:${count}` : "nrefs:var";
}

/** How often each n-gram of `items` is there. */
export function countNgrams(items: readonly string[], n: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    const ngram = items.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

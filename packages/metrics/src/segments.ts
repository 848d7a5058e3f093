import { ArgumentError, DataError, describe, requireList } from "@throughtime/core";

/** What a hypothesis is compared with: one reference, or several of which the closest counts. */
export type Reference = string | readonly string[];

/** A text, cut. */
export type Tokens = readonly string[];

/** A hypothesis with its references. */
export interface Segment<T = string> {
  readonly hypothesis: T;
  readonly references: readonly T[];
}

/** Stands between the tokens of an n-gram, and in no token. */
export const SEPARATOR = "\0";

/** Each hypothesis with its references. Throws DataError where the two do not pair up, ArgumentError where they are no strings. */
export const paired = (
  metric: string,
  hypotheses: readonly string[],
  references: readonly Reference[],
): readonly Segment[] => {
  requirePairs(metric, hypotheses, references);
  const fault = (text: unknown) => (typeof text === "string" ? undefined : `is ${describe(text)}; expected strings.`);
  return hypotheses.map((hypothesis, index) => {
    const own = references[index] as Reference;
    return segment(metric, index, hypothesis, typeof own === "string" ? [own] : own, fault);
  });
};

/** The same of texts that are tokens. Throws DataError where the two do not pair up, ArgumentError where they are no tokens. */
export function pairedTokens(
  metric: string,
  hypotheses: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
): readonly Segment<Tokens>[] {
  requirePairs(metric, hypotheses, references);
  return hypotheses.map((hypothesis, index) =>
    segment(metric, index, hypothesis, references[index] as readonly Tokens[], faultOfTokens),
  );
}

/** What is wrong with a list of tokens, or undefined. */
export function faultOfTokens(tokens: unknown): string | undefined {
  if (!Array.isArray(tokens)) {
    return `is ${describe(tokens)}; expected a list of tokens. Cut a text with tokenizeCaption(text).`;
  }
  const bad = tokens.findIndex((token) => typeof token !== "string" || token.includes(SEPARATOR));
  if (bad < 0) return undefined;
  return `has ${describe(tokens[bad])} for token ${bad}; expected a string without U+0000.`;
}

function requirePairs(metric: string, hypotheses: readonly unknown[], references: readonly unknown[]): void {
  requireList(`${metric}: hypotheses`, hypotheses);
  requireList(`${metric}: references`, references);
  if (hypotheses.length === references.length) return;
  throw new DataError(
    `${metric}: ${hypotheses.length} hypotheses and ${references.length} references; one (or a list) is needed for each.`,
    { hypotheses: hypotheses.length, references: references.length },
  );
}

function segment<T>(
  metric: string,
  index: number,
  hypothesis: T,
  references: readonly T[],
  fault: (one: unknown) => string | undefined,
): Segment<T> {
  requireList(`${metric}: the references of hypothesis ${index}`, references);
  for (const one of [hypothesis, ...references]) {
    const said = fault(one);
    if (said !== undefined) throw new ArgumentError(`${metric}: hypothesis ${index} or a reference of it ${said}`);
  }
  if (references.length === 0) throw new DataError(`${metric}: hypothesis ${index} has no reference.`, { index });
  return { hypothesis, references };
}

/** How a signature says how many references each hypothesis has. */
export function referenceCount(segments: readonly Segment[]): string {
  const count = segments[0]?.references.length ?? 1;
  return segments.every(({ references }) => references.length === count) ? `nrefs:${count}` : "nrefs:var";
}

import { ArgumentError, DataError, requireList } from "@throughtime/core";
import { countNgrams } from "./ngrams.js";
import { faultOfTokens, SEPARATOR, type Tokens } from "./segments.js";

/** n-grams of 1 to 4 tokens are what CIDEr compares. */
export const CIDER_ORDERS = [1, 2, 3, 4] as const;

/** How rare n-grams are: the tf-idf of CIDEr weighs them by it. */
export interface DocumentFrequencies {
  /** How many images there are. */
  readonly documents: number;
  /** In the references of how many images an n-gram of 1 to 4 tokens is, its tokens joined by U+0000. */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Counts in how many images' references each n-gram is. `references[i]` are the references of image i, as tokens. Give the
 * result to `cider` or `ciderD` as often as needed. Throws ArgumentError for what is no list of tokens, DataError for an
 * image without a reference.
 *
 * @example const frequencies = documentFrequencies(trainingReferences)
 */
export function documentFrequencies(references: readonly (readonly Tokens[])[]): DocumentFrequencies {
  requireList("documentFrequencies: references", references);
  const counts = new Map<string, number>();
  references.forEach((own, index) => {
    requireReferences(own, index);
    const ngrams = new Set<string>();
    for (const reference of own) {
      for (const n of CIDER_ORDERS) {
        for (const ngram of countNgrams(reference, n, SEPARATOR).keys()) ngrams.add(ngram);
      }
    }
    for (const ngram of ngrams) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  });
  return { documents: references.length, counts };
}

function requireReferences(own: readonly Tokens[], index: number): void {
  requireList(`documentFrequencies: the references of image ${index}`, own);
  if (own.length === 0) throw new DataError(`documentFrequencies: image ${index} has no reference.`, { index });
  for (const reference of own) {
    const fault = faultOfTokens(reference);
    if (fault !== undefined) throw new ArgumentError(`documentFrequencies: a reference of image ${index} ${fault}`);
  }
}

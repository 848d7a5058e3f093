import { describe, OptionError, optionsOf } from "@throughtime/core";
import { type CaptionScore, mean } from "./caption-score.js";
import { CIDER_ORDERS, type DocumentFrequencies, documentFrequencies } from "./document-frequencies.js";
import { countNgrams } from "./ngrams.js";
import { pairedTokens, SEPARATOR, type Tokens } from "./segments.js";

const SIGMA = 6;
const SCALE = 10;

export interface CiderOptions {
  /**
   * How many images have each n-gram, as `documentFrequencies` counts it. Default: counted in `references`, as evaluation
   * does. Self-critical training scores batches, and gives those of its whole training set.
   */
  readonly documentFrequencies?: DocumentFrequencies;
}

/**
 * CIDEr of captions that are tokens, from 0 to 10: the mean over n = 1 … 4, and over the references, of the cosine between the
 * n-grams' tf-idf vectors, times 10. Vedantam, Zitnick & Parikh 2015, "CIDEr: consensus-based image description evaluation";
 * scaled as in the authors' code. The paper counts stems: give those if you want them. Evaluations that say
 * "CIDEr", as coco-caption's, mean `ciderD`.
 *
 * An n-gram that every image has weighs 0. So the CIDEr of one image alone is 0, unless document frequencies are given. An empty
 * hypothesis gets 0. Throws as `captionBleu`, and OptionError for document frequencies that are none.
 *
 * @example cider([["a", "dog"], ["a", "cat"]], [[["a", "dog"]], [["the", "cat"]]]).each
 */
export const cider = (
  hypotheses: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  options: CiderOptions = {},
): CaptionScore => scored("cider", hypotheses, references, options, similarity);

/**
 * CIDEr-D of captions that are tokens, from 0 to 10: what evaluations of image captioning report as CIDEr. It is `cider` with two
 * changes. A token that is said too often does not count again: weights of the hypothesis are clipped to the reference's. A
 * hypothesis whose length differs by d tokens from the reference's gets exp(-d² / (2·6²)) of the score. Vedantam, Zitnick & Parikh
 * 2015, "CIDEr: consensus-based image description evaluation"; equal to coco-caption's `Cider`. Of one image alone it
 * is 0, as `cider` is. Throws as `cider`.
 *
 * @example ciderD(samples, references, { documentFrequencies: documentFrequencies(trainingReferences) }).each
 */
export const ciderD = (
  hypotheses: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  options: CiderOptions = {},
): CaptionScore => scored("ciderD", hypotheses, references, options, similarityD);

function scored(
  metric: "cider" | "ciderD",
  hypotheses: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
  options: CiderOptions,
  similar: (said: Caption, expected: Caption) => number,
): CaptionScore {
  const { documentFrequencies: given } = optionsOf(metric, options, "documentFrequencies");
  const segments = pairedTokens(metric, hypotheses, references);
  const frequencies = given === undefined ? documentFrequencies(references) : required(metric, given);
  const each = segments.map(({ hypothesis, references: own }) => {
    const said = captionOf(hypothesis, frequencies);
    return SCALE * mean(own.map((reference) => similar(said, captionOf(reference, frequencies))));
  });
  return { score: mean(each), each };
}

function required(metric: string, given: DocumentFrequencies): DocumentFrequencies {
  const { documents, counts } = (given ?? {}) as Partial<DocumentFrequencies>;
  if (Number.isInteger(documents) && (documents as number) > 0 && typeof counts?.get === "function") return given;
  throw new OptionError(
    `${metric}: documentFrequencies is ${describe(given)}; expected what documentFrequencies(references) returns, of at least one image.`,
    { documentFrequencies: given },
  );
}

/** The tf-idf weights of the n-grams of one order, and their Euclidean norm. */
interface Vector {
  readonly weights: ReadonlyMap<string, number>;
  readonly norm: number;
}

interface Caption {
  readonly length: number;
  /** Of n = 1, 2, 3, 4. */
  readonly vectors: readonly Vector[];
}

const captionOf = (tokens: Tokens, { documents, counts }: DocumentFrequencies): Caption => ({
  length: tokens.length,
  vectors: CIDER_ORDERS.map((n) => {
    const weights = countNgrams(tokens, n, SEPARATOR);
    let squares = 0;
    for (const [ngram, count] of weights) {
      // An n-gram that no image has is as rare as one that one image has.
      const weight = count * Math.log(documents / Math.max(1, counts.get(ngram) ?? 0));
      weights.set(ngram, weight);
      squares += weight ** 2;
    }
    return { weights, norm: Math.sqrt(squares) };
  }),
});

const similarity = (said: Caption, expected: Caption): number =>
  mean(said.vectors.map((one, i) => cosine(one, expected.vectors[i] as Vector, (weight) => weight)));

const similarityD = (said: Caption, expected: Caption): number =>
  Math.exp(-((said.length - expected.length) ** 2) / (2 * SIGMA ** 2)) *
  mean(said.vectors.map((one, i) => cosine(one, expected.vectors[i] as Vector, Math.min)));

function cosine(said: Vector, expected: Vector, clip: (weight: number, other: number) => number): number {
  if (said.norm === 0 || expected.norm === 0) return 0;
  let product = 0;
  for (const [ngram, weight] of said.weights) {
    const other = expected.weights.get(ngram);
    if (other !== undefined) product += clip(weight, other) * other;
  }
  return product / (said.norm * expected.norm);
}

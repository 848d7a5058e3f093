import { type Matches, matchesOf, sumOfMatches } from "./ngrams.js";
import { pairedTokens, type Tokens } from "./segments.js";

const ORDER = 4;
/** What coco-caption adds above and below, so that an order without a match makes a score small, not 0. */
const [TINY, SMALL] = [1e-15, 1e-9];

export interface CaptionBleu {
  /** BLEU-1 to BLEU-4 of the corpus, each from 0 to 1. */
  readonly score: readonly number[];
  /** BLEU-1 to BLEU-4 of each hypothesis alone. Their mean is not the corpus's score. */
  readonly each: readonly (readonly number[])[];
  /** Tokens of the hypotheses, and of the references closest in length. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

/**
 * BLEU-1 to BLEU-4 of captions that are tokens, as coco-caption computes them (Papineni et al. 2002; Chen et al. 2015,
 * "Microsoft COCO captions: data collection and evaluation server"): with the reference closest in length, of two the
 * shorter, and without smoothing, but for 1e-15 at each count of matches and 1e-9 at each total. `references[i]` are the
 * references of `hypotheses[i]`. The text `bleu` takes is detokenized and its score goes to 100; this one goes to 1. Throws
 * DataError where hypotheses and references do not pair up, ArgumentError for what is no list of tokens.
 *
 * @example captionBleu([["a", "dog"]], [[["a", "dog"], ["the", "dog"]]]).score[1]  // BLEU-2: 1
 */
export function captionBleu(hypotheses: readonly Tokens[], references: readonly (readonly Tokens[])[]): CaptionBleu {
  const matches = pairedTokens("captionBleu", hypotheses, references).map((one) => matchesOf(one, ORDER));
  const all = sumOfMatches(matches, ORDER);
  return {
    score: scoresOf(all),
    each: matches.map(scoresOf),
    hypothesisLength: all.hypothesisLength,
    referenceLength: all.referenceLength,
  };
}

function scoresOf({ correct, total, hypothesisLength, referenceLength }: Matches): number[] {
  const ratio = (hypothesisLength + TINY) / (referenceLength + SMALL);
  const brevityPenalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
  let product = 1;
  return correct.map((count, i) => {
    product *= (count + TINY) / ((total[i] as number) + SMALL);
    return product ** (1 / (i + 1)) * brevityPenalty;
  });
}

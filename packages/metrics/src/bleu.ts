import { describe, OptionError, optionsOf } from "@throughtime/core";
import { matchesOf, sumOfMatches } from "./ngrams.js";
import { paired, type Reference, referenceCount, type Segment } from "./segments.js";
import { BLEU_TOKENIZERS, type BleuTokenizer, bleuTokens } from "./tokenizers.js";

const ORDER = 4;

export interface BleuOptions {
  /**
   * What is counted. "13a" (default): words, punctuation split off, as WMT does. "intl": the same for punctuation and symbols of
   * every script, as the runtime's Unicode has them. "zh": Chinese by its characters, the rest by words. "char": characters,
   * for any language without spaces. "none": what stands between spaces, for text that is cut already.
   */
  readonly tokenize?: BleuTokenizer;
  /** "lower": case does not count. Default "mixed". */
  readonly case?: "mixed" | "lower";
}

export interface Bleu {
  /** From 0 to 100. */
  readonly score: number;
  /** Of 1-grams to 4-grams, in percent. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Tokens of the hypotheses, and of the references closest in length. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
  /** How it was computed, as sacreBLEU writes it, without its version. */
  readonly signature: string;
}

/**
 * BLEU of a corpus: the geometric mean of the precisions of n-grams up to 4, times a penalty for being short. Papineni et al.
 * 2002, "BLEU: a method for automatic evaluation of machine translation"; tokens and smoothing (of orders without a match,
 * Chen & Cherry 2014, method 3) as sacreBLEU has them by default. Give detokenized text. Throws DataError where hypotheses
 * and references do not pair up, OptionError for a tokenizer that there is not.
 *
 * @example bleu(["the cat sat"], ["the cat sat down"]).score
 */
export const bleu = (
  hypotheses: readonly string[],
  references: readonly Reference[],
  options: BleuOptions = {},
): Bleu => scored("bleu", paired("bleu", hypotheses, references), options, "all");

/**
 * BLEU of one sentence, with effective order, as sacreBLEU's `sentence_bleu` has it: orders of n-grams that the hypothesis is
 * too short for do not count. It is for looking at single sentences; their mean is not a corpus's BLEU. Throws as `bleu`.
 *
 * @example sentenceBleu("the cat", "the cat").score  // 100
 */
export const sentenceBleu = (hypothesis: string, reference: Reference, options: BleuOptions = {}): Bleu =>
  scored("sentenceBleu", paired("sentenceBleu", [hypothesis], [reference]), options, "effective");

function scored(
  metric: "bleu" | "sentenceBleu",
  segments: readonly Segment[],
  options: BleuOptions,
  orders: "all" | "effective",
): Bleu {
  const { tokenize = "13a", case: letters = "mixed" } = optionsOf(metric, options, "tokenize", "case");
  if (letters !== "mixed" && letters !== "lower") {
    throw new OptionError(`${metric}: case must be "mixed" or "lower", received ${describe(letters)}.`, {
      case: letters,
    });
  }
  if (!BLEU_TOKENIZERS.includes(tokenize)) {
    throw new OptionError(
      `${metric}: tokenize must be one of ${BLEU_TOKENIZERS.join(", ")}, received ${JSON.stringify(tokenize)}.`,
      { tokenize },
    );
  }
  const tokens = (text: string) => bleuTokens(letters === "lower" ? text.toLowerCase() : text, tokenize);
  const { correct, total, hypothesisLength, referenceLength } = sumOfMatches(
    segments.map(({ hypothesis, references }) =>
      matchesOf({ hypothesis: tokens(hypothesis), references: references.map(tokens) }, ORDER),
    ),
    ORDER,
  );
  const precisions = smoothed(correct, total);
  const brevityPenalty = penalty(hypothesisLength, referenceLength);
  // Longer n-grams than there are have no total, and neither have those after them.
  const order = orders === "all" ? ORDER : Math.max(1, total.filter((count) => count > 0).length);
  const mean = precisions.slice(0, order).reduce((sum, p) => sum + Math.log(p), 0) / order;
  const how = `case:${letters === "lower" ? "lc" : "mixed"}|eff:${orders === "all" ? "no" : "yes"}|tok:${tokenize}|smooth:exp`;
  return {
    score: brevityPenalty * Math.exp(mean),
    precisions,
    brevityPenalty,
    hypothesisLength,
    referenceLength,
    signature: `${referenceCount(segments)}|${how}`,
  };
}

/** Of orders that match nothing, the precision halves from one to the next; without any match all are 0. */
function smoothed(correct: readonly number[], total: readonly number[]): number[] {
  if (correct.every((count) => count === 0)) return correct.map(() => 0);
  let halved = 1;
  return correct.map((count, i) => {
    if (total[i] === 0) return 0;
    if (count === 0) halved *= 2;
    return (100 * (count === 0 ? 1 / halved : count)) / (total[i] as number);
  });
}

function penalty(hypothesis: number, reference: number): number {
  if (hypothesis >= reference) return 1;
  return hypothesis > 0 ? Math.exp(1 - reference / hypothesis) : 0;
}

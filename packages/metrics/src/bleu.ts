import { countNgrams, paired, type Reference } from "./segments.js";
import { tokenize13a } from "./tokenize-13a.js";

const ORDER = 4;

export interface BleuOptions {
  /** "13a" (default): punctuation is split off, as WMT does. "none": the text is tokens with spaces between them. */
  readonly tokenize?: "13a" | "none";
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
 * and references do not pair up.
 *
 * @example bleu(["the cat sat"], ["the cat sat down"]).score
 */
export function bleu(hypotheses: readonly string[], references: readonly Reference[], options: BleuOptions = {}): Bleu {
  const { tokenize = "13a", case: letters = "mixed" } = options;
  const tokens = (text: string) => {
    const own = letters === "lower" ? text.toLowerCase() : text;
    return tokenize === "13a" ? tokenize13a(own.trimEnd()) : own.split(/\s+/).filter((token) => token !== "");
  };
  const correct = Array<number>(ORDER).fill(0);
  const total = Array<number>(ORDER).fill(0);
  let [hypothesisLength, referenceLength] = [0, 0];
  const pairs = paired("bleu", hypotheses, references);
  for (const { hypothesis, references: own } of pairs) {
    const said = tokens(hypothesis);
    const expected = own.map(tokens);
    hypothesisLength += said.length;
    referenceLength += closest(
      said.length,
      expected.map(({ length }) => length),
    );
    for (let n = 1; n <= ORDER; n++) {
      const counts = expected.map((list) => countNgrams(list, n, " "));
      for (const [ngram, count] of countNgrams(said, n, " ")) {
        const most = Math.max(...counts.map((one) => one.get(ngram) ?? 0));
        total[n - 1] = (total[n - 1] as number) + count;
        correct[n - 1] = (correct[n - 1] as number) + Math.min(count, most);
      }
    }
  }
  const precisions = smoothed(correct, total);
  const brevityPenalty = penalty(hypothesisLength, referenceLength);
  const mean = precisions.reduce((sum, p) => sum + Math.log(p), 0) / ORDER;
  const differ = pairs.some(({ references: own }) => own.length !== (pairs[0]?.references.length ?? 1));
  const count = differ ? "var" : (pairs[0]?.references.length ?? 1);
  return {
    score: brevityPenalty * Math.exp(mean),
    precisions,
    brevityPenalty,
    hypothesisLength,
    referenceLength,
    signature: `nrefs:${count}|case:${letters === "lower" ? "lc" : "mixed"}|eff:no|tok:${tokenize}|smooth:exp`,
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

/** Of lengths that are equally close, the shorter. */
const closest = (length: number, lengths: readonly number[]): number =>
  lengths.reduce((best, other) => {
    const [a, b] = [Math.abs(other - length), Math.abs(best - length)];
    return a < b || (a === b && other < best) ? other : best;
  });

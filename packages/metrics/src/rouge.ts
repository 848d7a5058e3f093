import { type CaptionScore, mean } from "./caption-score.js";
import { pairedTokens, type Tokens } from "./segments.js";

const BETA = 1.2;

/**
 * ROUGE-L of captions that are tokens, from 0 to 1: the F score, β = 1.2, of the longest common subsequence. Lin 2004, "ROUGE: a
 * package for automatic evaluation of summaries". As in coco-caption, precision is the best over the references, and so is
 * recall; the two may be of different references. A hypothesis that shares no token, or is empty, gets 0. Throws as
 * `captionBleu`.
 *
 * @example rougeL([["a", "dog", "runs"]], [[["a", "dog", "is", "running"]]]).score
 */
export function rougeL(hypotheses: readonly Tokens[], references: readonly (readonly Tokens[])[]): CaptionScore {
  const each = pairedTokens("rougeL", hypotheses, references).map(({ hypothesis, references: own }) => {
    let [precision, recall] = [0, 0];
    for (const reference of own) {
      const common = longestCommonSubsequence(hypothesis, reference);
      if (common === 0) continue;
      precision = Math.max(precision, common / hypothesis.length);
      recall = Math.max(recall, common / reference.length);
    }
    if (precision === 0) return 0;
    return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
  });
  return { score: mean(each), each };
}

/** Its length. Row by row of the table of prefixes of `a` and of `b`. */
function longestCommonSubsequence(a: Tokens, b: Tokens): number {
  const row = new Uint32Array(b.length + 1);
  for (const token of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = token === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}

import { bleu, chrf, exactMatch } from "@throughtime/metrics";
import type { TextPair } from "@throughtime/text";
import type { TextTranslator, TranslateSettings } from "./translate.js";

/** How good translations of pairs are whose targets are known. */
export interface Scores {
  /** BLEU and chrF as sacreBLEU has them, from 0 to 100. */
  readonly bleu: number;
  readonly chrf: number;
  /** The share of translations that are their target, to the character: from 0 to 1. */
  readonly exact: number;
  readonly sentences: number;
  /** How BLEU was computed. */
  readonly signature: string;
}

/** Translates pairs and compares. `letters`: "lower" where the model knows no upper case, then the targets' case does not count. */
export async function scorePairs(
  translator: TextTranslator,
  pairs: readonly TextPair[],
  letters: "mixed" | "lower",
  settings: TranslateSettings,
): Promise<Scores & { readonly hypotheses: readonly string[] }> {
  const found = await translator.translate(
    pairs.map(({ source }) => source),
    { ...settings, nBest: 1 },
  );
  const hypotheses = found.map(([best]) => best?.text ?? "");
  const references = pairs.map(({ target }) => (letters === "lower" ? target.toLowerCase() : target));
  const { score, signature } = bleu(hypotheses, references, { case: letters });
  return {
    ...{ bleu: score, signature, chrf: chrf(hypotheses, references).score },
    ...{ exact: exactMatch(hypotheses, references), sentences: pairs.length, hypotheses },
  };
}

export const scoreText = ({ bleu: score, chrf: characters, exact, sentences }: Scores): string =>
  `BLEU ${score.toFixed(2)}, chrF ${characters.toFixed(2)}, exact ${(100 * exact).toFixed(1)} % of ${sentences}`;

export const signatureText = ({ signature }: Scores): string => `BLEU is ${signature}`;

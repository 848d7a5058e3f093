import { type BleuTokenizer, bleu, chooseBleuTokenizer, chrf, exactMatch } from "@throughtime/metrics";
import type { TextCodec, TextPair } from "@throughtime/text";
import type { TextTranslator, TranslateTextOptions, Translation } from "../translation/text-translator.js";

/** How good translations of pairs are whose targets are known. */
export type Scores = {
  /** BLEU and chrF as sacreBLEU has them, from 0 to 100. */
  readonly bleu: number;
  readonly chrf: number;
  /** The share of translations that are their target, to the character: from 0 to 1. */
  readonly exact: number;
  readonly sentences: number;
  /** How BLEU was computed. */
  readonly signature: string;
};

/** How many translations are shown. */
const SHOWN = 3;

export interface Scored {
  readonly scores: Scores;
  readonly hypotheses: readonly string[];
  /** The first few in full, to be shown. */
  readonly shown: readonly Translation[];
  /** The targets, as the target's tokenizer normalizes them: what a translation can be equal to. */
  readonly references: readonly string[];
}

/**
 * Translates pairs and compares with their targets, all of them normalized as what the model says is: NFC, single spaces, and
 * in lower case where the model knows no other. `tokenizer`: what BLEU counts. Default: by the letters of the targets.
 */
export async function scorePairs(
  translator: TextTranslator,
  pairs: readonly TextPair[],
  { settings, tokenizer: { normalize } }: TextCodec,
  options: TranslateTextOptions,
  tokenizer?: BleuTokenizer,
): Promise<Scored> {
  const hypotheses: string[] = [];
  const shown: Translation[] = [];
  const sources = pairs.map(({ source }) => source);
  for await (const translation of translator.translate(sources, options)) {
    hypotheses.push(translation.text);
    if (shown.length < SHOWN) shown.push(translation);
  }
  const references = pairs.map(({ target }) => normalize(target));
  const tokenize = tokenizer ?? chooseBleuTokenizer(references);
  const { score, signature } = bleu(hypotheses, references, { case: settings.tokens.case ?? "mixed", tokenize });
  const scores = {
    ...{ bleu: score, signature, chrf: chrf(hypotheses, references).score },
    ...{ exact: exactMatch(hypotheses, references), sentences: pairs.length },
  };
  return { scores, hypotheses, shown, references };
}

export const scoreText = ({ bleu: score, chrf: characters, exact, sentences }: Scores): string =>
  `BLEU ${score.toFixed(2)}, chrF ${characters.toFixed(2)}, exact ${(100 * exact).toFixed(1)} % of ${sentences}`;

/** How BLEU was computed; where nobody chose what it counts, and it is not words, why. */
export function signatureText({ signature }: Scores, chosen: BleuTokenizer | undefined): string {
  const how = `BLEU is ${signature}; targets are normalized as the translations are`;
  if (chosen !== undefined || signature.includes("|tok:13a|")) return how;
  return `${how}; it counts characters, since the targets have no spaces between words (--bleu-tokenizer 13a counts words)`;
}

import type { Moment, Validated } from "@throughtime/task";
import type { TextPair } from "@throughtime/text";
import { type TranslatorParts, textTranslator } from "../translation/text-translator.js";
import type { TrainValues } from "./options.js";
import { scorePairs, scoreText, signatureText } from "./scores.js";

/** How many translations are shown. */
const SHOWN = 3;

/** Translates validation sentences, word by word the likeliest, with the newest parameters. */
export function validating(
  parts: TranslatorParts,
  validation: readonly TextPair[],
  { score, bleuTokenizer }: Pick<TrainValues, "score" | "bleuTokenizer">,
): (now: Moment) => Promise<Validated> {
  const pairs = validation.slice(0, score);
  let signed = false;
  return async ({ backend, params }) => {
    if (pairs.length === 0) return {};
    const translator = await textTranslator(backend, parts, params);
    try {
      const options = { beam: 1, batch: 64, longest: Number.MAX_SAFE_INTEGER };
      const { scores, hypotheses } = await scorePairs(translator, pairs, parts.target, options, bleuTokenizer);
      const how = signed ? [] : [`${signatureText(scores, bleuTokenizer)}; each word the likeliest`];
      signed = true;
      const shown = hypotheses.slice(0, SHOWN).map((text, i) => `${pairs[i]?.source} → ${text}`);
      return { fields: { scores }, notes: [scoreText(scores), ...how, ...shown] };
    } finally {
      translator.release();
    }
  };
}

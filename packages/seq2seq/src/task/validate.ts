import type { Moment, Validated } from "@throughtime/task";
import type { TextPair } from "@throughtime/text";
import type { Json } from "@throughtime/train";
import { attentionMap } from "../translation/attention-map.js";
import { type Translation, type TranslatorParts, textTranslator } from "../translation/text-translator.js";
import type { TrainValues } from "./options.js";
import { scorePairs, scoreText, signatureText } from "./scores.js";

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
      const { scores, shown, references } = await scorePairs(translator, pairs, parts.target, options, bleuTokenizer);
      const how = signed ? [] : [`${signatureText(scores, bleuTokenizer)}; each word the likeliest`];
      signed = true;
      const examples = shown.map(({ source, text }, i) => ({
        input: source,
        output: text,
        expected: references[i] as string,
      }));
      return {
        fields: { scores, examples, ...mapsOf(shown) },
        notes: [scoreText(scores), ...how, ...examples.map(({ input, output }) => `${input} → ${output}`)],
      };
    } finally {
      translator.release();
    }
  };
}

/** Where the model attended to, as the section of a report; nothing where it has no attention. */
function mapsOf(shown: readonly Translation[]): Readonly<Record<string, Json>> {
  const pictures = shown.flatMap((translation) => {
    const svg = attentionMap(translation);
    return svg === undefined ? [] : [{ svg, caption: `${translation.source} → ${translation.text}` }];
  });
  return pictures.length === 0 ? {} : { sections: [{ kind: "svg", title: "Attention", pictures }] };
}

import type { Moment, Validated } from "@throughtime/task";
import type { Json } from "@throughtime/train";
import { type CaptionerParts, imageCaptioner } from "../file/image-captioner.js";
import { captioned } from "./captioned.js";
import type { Pictures } from "./data.js";
import type { Encoding } from "./encoding.js";
import type { TrainValues } from "./options.js";
import type { Reader } from "./read-pixels.js";
import { scoresOf, scoreText } from "./scores.js";
import { attentionSection, type ShownCaption } from "./sections.js";

/** How many captions are shown. */
const SHOWN = 4;
/** How many are drawn in the report, with where the model looked. */
const DRAWN = 8;

/** Captions validation pictures, word by word the likeliest, with the newest parameters. */
export function validating(
  parts: CaptionerParts,
  pictures: Pictures,
  usable: readonly number[],
  reader: Reader,
  encoding: Encoding,
  { score }: Pick<TrainValues, "score">,
): (now: Moment) => Promise<Validated> {
  const images = usable.slice(0, score).map((picture) => pictures.at(picture, 0));
  return async ({ backend, params }) => {
    if (images.length === 0) return {};
    const captioner = await imageCaptioner(backend, parts, params);
    try {
      const { normalize } = parts.codec.tokenizer;
      const said: string[] = [];
      const shown: ShownCaption[] = [];
      for await (const { image, caption } of captioned(captioner, images, reader, { beam: 1, batch: 64 })) {
        said.push(caption.text);
        if (shown.length < DRAWN) shown.push({ image, caption });
      }
      const references = images.map(({ captions }) => captions.map(normalize));
      const scores = scoresOf(said, references);
      const examples = images.slice(0, SHOWN).map(({ source }, i) => ({
        input: source.name,
        output: said[i] as string,
        expected: references[i]?.[0] as string,
      }));
      return {
        fields: { scores, examples, sections: [await attentionSection(shown, encoding, parts)] as unknown as Json },
        notes: [scoreText(scores), ...examples.map(({ input, output }) => `${input}: ${output}`)],
      };
    } finally {
      captioner.release();
    }
  };
}

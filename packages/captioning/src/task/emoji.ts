import { type EmojiDrawing, holdOutArtist, holdOutConcepts, readEmoji } from "@throughtime/image-data";
import { type Files, jsonOf, partOf } from "@throughtime/task";
import type { DataSettings } from "../file/description.js";
import type { CaptionData } from "./data.js";
import { dataFrom } from "./files.js";

export const EMOJI_SPLITS = ["drawing", "concept"] as const;

type EmojiSettings = Extract<DataSettings, { name: "emoji" }>;

/** What is validated on of the drawings that are not held out, and the concepts that are. */
const SHARES = { validation: 0.05, test: 0.1 } as const;

/**
 * Emoji by several artists, of packages that are installed for this. Split "drawing": what one artist drew is kept apart, of concepts that the
 * others drew too; "concept": all drawings of a tenth of the concepts are. Throws what `readEmoji` throws.
 */
export async function emojiData(settings: EmojiSettings, files: Files): Promise<CaptionData> {
  const { language, split, artist } = settings;
  const drawings = await readEmoji((path) => jsonOf(files, `npm:${path}`), { language });
  const images =
    split === "concept"
      ? holdOutConcepts(drawings, (concept) => partOf(concept, SHARES))
      : validated(holdOutArtist(drawings, artist));
  const held = split === "concept" ? "unseen concepts" : `unseen drawings, by ${artist}`;
  return dataFrom(`emoji, ${language}, ${held}`, images, SHARES, [], settings);
}

/** A share of the drawings to train on is for validation. */
const validated = (drawings: readonly EmojiDrawing[]): readonly EmojiDrawing[] =>
  drawings.map((one) =>
    one.part === "train" && partOf(one.source.name, { ...SHARES, test: 0 }) === "validation"
      ? { ...one, part: "validation" }
      : one,
  );

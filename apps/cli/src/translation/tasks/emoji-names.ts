import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { DataError, OptionError } from "@throughtime/core";
import type { TaskPair } from "./task.js";

/** The languages that emojibase-data 17 has names in. */
export const EMOJI_LANGUAGES = [
  ...["bn", "da", "de", "en", "en-gb", "es", "es-mx", "et", "fi", "fr", "hi", "hu", "it", "ja", "ko", "lt", "ms", "nb"],
  ...["nl", "pl", "pt", "ru", "sv", "th", "uk", "vi", "zh", "zh-hant"],
] as const;

interface Emoji {
  readonly hexcode: string;
  readonly label: string;
  readonly skins?: readonly Emoji[];
}

/** Of concepts, for validation and for test. */
const SHARE = 0.1;

/**
 * The names of emoji in two languages, from Unicode's CLDR by way of emojibase-data. A concept is an emoji with all its skin
 * tones: it is in one part as a whole, so that no name is measured on of which a tone was learned. Throws OptionError for a
 * language that there is not, DataError where emojibase-data is not installed.
 */
export function emojiNames({ from, to }: { readonly from: string; readonly to: string }): readonly TaskPair[] {
  const targets = new Map(
    namesIn(to)
      .flatMap(withSkins)
      .map(({ hexcode, label }) => [hexcode, label]),
  );
  const pairs = namesIn(from).flatMap((concept) =>
    withSkins(concept).flatMap(({ hexcode, label: source }): TaskPair[] => {
      const target = targets.get(hexcode);
      return target === undefined ? [] : [{ source, target, part: partOf(concept.hexcode) }];
    }),
  );
  // Some emoji share a name: what was learned from one is not measured on another.
  const learned = new Set(pairs.filter(({ part }) => part === "train").map(({ source }) => source));
  return pairs.filter(({ part, source }) => part === "train" || !learned.has(source));
}

const withSkins = (emoji: Emoji): readonly Emoji[] => [emoji, ...(emoji.skins ?? [])];

function namesIn(language: string): readonly Emoji[] {
  if (!(EMOJI_LANGUAGES as readonly string[]).includes(language)) {
    throw new OptionError(
      `emoji-names: there are no names in ${JSON.stringify(language)}, only in ${EMOJI_LANGUAGES.join(", ")}.`,
    );
  }
  try {
    return createRequire(import.meta.url)(`emojibase-data/${language}/data.json`) as readonly Emoji[];
  } catch (cause) {
    throw new DataError("emoji-names needs the names: npm install emojibase-data.", { language }, { cause });
  }
}

function partOf(concept: string): TaskPair["part"] {
  const at = createHash("sha256").update(concept).digest().readUInt32BE(0) / 2 ** 32;
  return at < SHARE ? "validation" : at < 2 * SHARE ? "test" : "train";
}

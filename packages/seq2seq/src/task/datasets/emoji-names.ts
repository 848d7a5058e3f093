import { DataError, OptionError, quote } from "@throughtime/core";
import { type Files, jsonOf, shareOf } from "@throughtime/task";
import type { DatasetPair } from "./dataset.js";

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
export async function emojiNames(
  { from, to }: { readonly from: string; readonly to: string },
  files: Files,
): Promise<readonly DatasetPair[]> {
  requireLanguages(from, to);
  const [sources, targets] = [await namesIn(from, files), await namesIn(to, files)];
  const names = new Map(targets.flatMap(withSkins).map(({ hexcode, label }) => [hexcode, label]));
  const pairs = sources.flatMap((concept) =>
    withSkins(concept).flatMap(({ hexcode, label: source }): DatasetPair[] => {
      const target = names.get(hexcode);
      return target === undefined ? [] : [{ source, target, part: partOf(concept.hexcode) }];
    }),
  );
  // Some emoji share a name: what was learned from one is not measured on another.
  const learned = new Set(pairs.filter(({ part }) => part === "train").map(({ source }) => source));
  return pairs.filter(({ part, source }) => part === "train" || !learned.has(source));
}

const withSkins = (emoji: Emoji): readonly Emoji[] => [emoji, ...(emoji.skins ?? [])];

function requireLanguages(...languages: readonly string[]): void {
  const unknown = languages.find((language) => !(EMOJI_LANGUAGES as readonly string[]).includes(language));
  if (unknown === undefined) return;
  throw new OptionError(`emoji-names: there are no names in ${quote(unknown)}, only in ${EMOJI_LANGUAGES.join(", ")}.`);
}

async function namesIn(language: string, files: Files): Promise<readonly Emoji[]> {
  const list = await jsonOf(files, `npm:emojibase-data/${language}/data.json`).catch((cause: Error) => {
    throw new DataError(
      `emoji-names needs the names: npm install emojibase-data. (${cause.message})`,
      { language },
      { cause },
    );
  });
  if (Array.isArray(list) && list.every(isEmoji)) return list;
  throw new DataError(`emoji-names: emojibase-data/${language}/data.json is no list of emoji with their names.`, {
    language,
  });
}

function isEmoji(value: unknown): value is Emoji {
  const { hexcode, label, skins } = (value ?? {}) as Partial<Emoji>;
  if (typeof hexcode !== "string" || typeof label !== "string") return false;
  return skins === undefined || (Array.isArray(skins) && skins.every(isEmoji));
}

function partOf(concept: string): DatasetPair["part"] {
  const at = shareOf(concept);
  return at < SHARE ? "validation" : at < 2 * SHARE ? "test" : "train";
}

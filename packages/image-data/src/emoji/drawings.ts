import { optionsOf } from "@throughtime/core";
import type { CaptionedImage } from "../captioned-image.js";
import { type EmojiName, emojiNames, type Icon, type IconSet, iconSet } from "./parse.js";

/** An emoji by one artist. Its source is an SVG. */
export interface EmojiDrawing extends CaptionedImage {
  /** Its code points in hexadecimal, such as "1F44B-1F3FB", without FE0F. */
  readonly hexcode: string;
  /** The hexcode of the emoji without skin tones, for all its tones: "1F44B". */
  readonly concept: string;
  /** The prefix of the icon set. */
  readonly artist: string;
}

/** Parsed files of an icon set. */
export interface EmojiSetFiles {
  readonly icons: unknown;
  /** Of a set that has one which is not empty. */
  readonly chars?: unknown;
}

export interface EmojiOptions {
  /** data.json of emojibase-data in English, by whose names icons are found that have no code points. Default: `names`. */
  readonly english?: unknown;
  /** Whether an emoji's tags follow its name as further captions. Default false. */
  readonly tags?: boolean | undefined;
}

/**
 * The drawings of several icon sets (icons.json and chars.json of `@iconify-json/…`) with names in one language (data.json of
 * `emojibase-data/<locale>`), joined by code points. An icon's code points are those that its set's chars.json says, or else those of
 * the other sets' icons with its name, or of the emoji whose English name it is. Icons without a name in the
 * language are left out; of two icons of one set for one emoji, the first stays. All arguments are parsed JSON.
 * Throws DataError where one is of another form.
 */
export function emojiDrawings(
  sets: readonly EmojiSetFiles[],
  names: unknown,
  options: EmojiOptions = {},
): readonly EmojiDrawing[] {
  const { english = names, tags = false } = optionsOf("emojiDrawings", options, "english", "tags");
  const byHexcode = new Map(emojiNames(names).map((name) => [name.hexcode, name]));
  const parsed = sets.map(({ icons, chars }) => iconSet(icons, chars));
  const find = finder(parsed, emojiNames(english));
  return parsed.flatMap((set) => {
    const own = new Map(set.chars.map(([hexcode, name]) => [name, hexcode]));
    const drawn = new Set<string>();
    return set.icons.flatMap((icon): EmojiDrawing[] => {
      const hexcode = own.size > 0 ? own.get(icon.name) : find(icon.name);
      const name = hexcode === undefined ? undefined : byHexcode.get(hexcode);
      if (name === undefined || drawn.has(name.hexcode)) return [];
      drawn.add(name.hexcode);
      return [drawing(set.artist, icon, name, tags)];
    });
  });
}

const NAMESPACES = `xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`;

function drawing(artist: string, icon: Icon, { hexcode, concept, label, tags }: EmojiName, all: boolean): EmojiDrawing {
  const source = {
    name: `${artist}/${icon.name}.svg`,
    /** Made when they are asked for: all of them are 60 MB. */
    get bytes() {
      const { viewBox, body } = icon;
      return new TextEncoder().encode(`<svg ${NAMESPACES} viewBox="${viewBox}">${body}</svg>`);
    },
  };
  return {
    source,
    captions: all ? [label, ...tags.filter((tag) => tag !== label)] : [label],
    hexcode,
    concept,
    artist,
  };
}

/** Finds an icon's code points by its name, where exactly one emoji has it. */
function finder(sets: readonly IconSet[], english: readonly EmojiName[]): (name: string) => string | undefined {
  const found = new Map<string, Set<string>>();
  const add = (name: string, hexcode: string) => {
    const key = letters(name);
    found.set(key, (found.get(key) ?? new Set()).add(hexcode));
  };
  for (const { hexcode, label } of english) add(label, hexcode);
  for (const { chars, aliases } of sets) {
    const own = new Map(chars.map(([hexcode, name]) => [name, hexcode]));
    for (const [name, hexcode] of own) add(name, hexcode);
    for (const [alias, name] of aliases) {
      const hexcode = own.get(name);
      if (hexcode !== undefined) add(alias, hexcode);
    }
  }
  return (name) => {
    const hexcodes = found.get(letters(name));
    return hexcodes?.size === 1 ? [...hexcodes][0] : undefined;
  };
}

/** Sets write names with hyphens or without anything between words, and flags as "flag-for-…" and "flag-for-flag-…". */
const letters = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFD")
    .replace(/^flag-for-(?:flag-)?/, "flag-")
    .replace(/&/g, "and")
    .replace(/[^a-z0-9]/g, "");

import { DataError, describe, quote } from "@throughtime/core";

/** One picture of an icon set: what is inside of its `<svg>`, and the rectangle of it that is shown. */
export interface Icon {
  readonly name: string;
  readonly body: string;
  readonly viewBox: string;
}

/** An icon set of Iconify, as far as emoji need it. */
export interface IconSet {
  readonly artist: string;
  readonly icons: readonly Icon[];
  /** Other names of an icon. */
  readonly aliases: readonly (readonly [alias: string, name: string])[];
  /** Which characters an icon is for: code points in hexadecimal. */
  readonly chars: readonly (readonly [hexcode: string, name: string])[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A set from its icons.json and its chars.json, which may come from anybody. Throws DataError. */
export function iconSet(icons: unknown, chars: unknown = {}): IconSet {
  const { prefix, icons: all, aliases = {}, ...whole } = fieldsOf(icons, "icons.json");
  if (typeof prefix !== "string") {
    throw new DataError(`emoji: icons.json has no prefix, the name of its set; expected an icon set of Iconify.`);
  }
  const file = `icons.json of ${quote(prefix)}`;
  return {
    artist: prefix,
    icons: Object.entries(fieldsOf(all, `icons of ${file}`)).map(([name, icon]) => {
      const own = fieldsOf(icon, `${quote(name)} of ${file}`);
      if (typeof own.body !== "string") {
        throw new DataError(`emoji: ${quote(name)} of ${file} has no body, the content of its SVG.`, { name });
      }
      // Iconify's defaults: 0, 0, 16, 16; an icon's own numbers come before its set's.
      const side = (field: string, otherwise: number) => {
        const value = own[field] ?? whole[field] ?? otherwise;
        if (typeof value === "number" && Number.isFinite(value)) return value;
        throw new DataError(`emoji: ${field} of ${quote(name)} of ${file} is ${describe(value)}; expected a number.`);
      };
      const viewBox = [side("left", 0), side("top", 0), side("width", 16), side("height", 16)].join(" ");
      return { name, body: own.body, viewBox };
    }),
    aliases: Object.entries(fieldsOf(aliases, `aliases of ${file}`)).flatMap(([alias, of]) => {
      const { parent, ...changes } = fieldsOf(of, `${quote(alias)} of ${file}`);
      // One that turns its parent or mirrors it is another emoji.
      return typeof parent === "string" && Object.keys(changes).length === 0 ? [[alias, parent] as const] : [];
    }),
    chars: Object.entries(fieldsOf(chars, `chars.json of ${quote(prefix)}`)).map(([hexcode, name]) => {
      if (typeof name === "string") return [hexcodeOf(hexcode), name] as const;
      throw new DataError(
        `emoji: ${quote(hexcode)} in chars.json of ${quote(prefix)} is ${describe(name)}; expected the name of an icon.`,
      );
    }),
  };
}

/** An emoji of emojibase-data, with the one that it is a skin tone of. */
export interface EmojiName {
  readonly hexcode: string;
  readonly concept: string;
  readonly label: string;
  readonly tags: readonly string[];
}

/** Every emoji of a data.json of emojibase-data, with all skin tones. Throws DataError. */
export function emojiNames(list: unknown): readonly EmojiName[] {
  if (!Array.isArray(list)) {
    throw new DataError(`emoji: the names are ${describe(list)}; expected the list in data.json of emojibase-data.`);
  }
  return list.flatMap((each, i) => {
    const base = nameOf(each, `[${i}]`);
    const skins = (each as { skins?: unknown }).skins ?? [];
    if (!Array.isArray(skins))
      throw new DataError(`emoji: skins of the names' [${i}] are ${describe(skins)}; expected a list.`);
    const tones = skins.map((skin, k) => nameOf(skin, `[${i}].skins[${k}]`));
    return [base, ...tones].map((one) => ({ ...one, concept: base.hexcode, tags: base.tags }));
  });
}

function nameOf(entry: unknown, place: string) {
  const { hexcode, label, tags = [] } = fieldsOf(entry, `the names' ${place}`);
  const areTags = Array.isArray(tags) && tags.every((tag) => typeof tag === "string");
  if (typeof hexcode === "string" && typeof label === "string" && label !== "" && areTags) {
    return { hexcode: hexcodeOf(hexcode), label, tags: tags as string[] };
  }
  throw new DataError(
    `emoji: the names' ${place} is no emoji of emojibase-data, which has a hexcode, a label and tags.`,
  );
}

/** Code points in upper case, without those that only say that a character is to be shown as a picture. */
const hexcodeOf = (text: string): string =>
  text
    .toUpperCase()
    .split("-")
    .filter((point) => point !== "FE0F")
    .map((point) => point.replace(/^0+(?=.)/, ""))
    .join("-");

function fieldsOf(value: unknown, place: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new DataError(`emoji: ${place} is ${describe(value)}; expected an object.`);
}

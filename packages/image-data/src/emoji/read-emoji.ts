import { DataError, OptionError, optionsOf, quote } from "@throughtime/core";
import { type EmojiDrawing, emojiDrawings } from "./drawings.js";
import { EMOJI_SETS, type EmojiArtist } from "./icon-sets.js";

export interface ReadEmojiOptions {
  /** A folder of emojibase-data: "en", "ko" and 26 more. Default "en". */
  readonly language?: string | undefined;
  /** Default: all six. */
  readonly artists?: readonly EmojiArtist[] | undefined;
  /** As in emojiDrawings. */
  readonly tags?: boolean | undefined;
}

/**
 * The emoji of the artists, with their names in a language, from the npm packages with them, which are installed only for this: 59 MB of
 * drawings and 49 MB of names. `read` gives the parsed JSON of a file in a package, such as "emojibase-data/en/data.json".
 * Throws OptionError for an artist that there is not, DataError where a file cannot be read, with the command that installs what is needed.
 */
export async function readEmoji(
  read: (path: string) => Promise<unknown>,
  options: ReadEmojiOptions = {},
): Promise<readonly EmojiDrawing[]> {
  const {
    language = "en",
    artists = EMOJI_SETS.map(({ artist }) => artist),
    tags,
  } = optionsOf("readEmoji", options, "language", "artists", "tags");
  const known: readonly string[] = EMOJI_SETS.map(({ artist }) => artist);
  const unknown = artists.find((artist) => !known.includes(artist));
  if (unknown !== undefined || artists.length === 0) {
    throw new OptionError(
      `readEmoji: ${unknown === undefined ? "there are no artists" : `there is no artist ${quote(unknown)}`}; expected some of ${known.join(", ")}.`,
      { artists },
    );
  }
  const packages = artists.map((artist) => `@iconify-json/${artist}`);
  const json = (path: string) =>
    read(path).catch((cause: Error) => {
      throw new DataError(
        `readEmoji: ${quote(path)} cannot be read. Install the drawings and their names: npm install emojibase-data ${packages.join(" ")} (${cause.message})`,
        { path },
        { cause },
      );
    });
  const [names, english] = await Promise.all([language, "en"].map((one) => json(`emojibase-data/${one}/data.json`)));
  const sets = await Promise.all(
    packages.map(async (name) => ({
      icons: await json(`${name}/icons.json`),
      chars: await json(`${name}/chars.json`),
    })),
  );
  return emojiDrawings(sets, names, { english, tags });
}

import { DataError, OptionError } from "@throughtime/core";
import { textOf } from "../text-file.js";
import { startOf } from "./generator.js";
import { encode, type LmTokens } from "./tokens/tokens.js";

export interface PrimeOptions {
  readonly prime?: string;
  /** A file, or "-" for standard input. */
  readonly primeFile?: string;
  readonly encoding?: string;
}

/** What a model reads before it writes: ids, and the text as it is shown. */
export interface Prime {
  readonly ids: Int32Array;
  readonly text: string;
}

/**
 * The prime that the options give, or the end of a line. Throws OptionError for an empty one, DataError for a file that cannot be read
 * and for what the model does not know.
 */
export async function primeOf(
  { prime, primeFile, encoding }: PrimeOptions,
  tokens: LmTokens,
  input: AsyncIterable<Uint8Array> | undefined,
): Promise<Prime> {
  if (prime === undefined && primeFile === undefined) return { ids: startOf(tokens), text: "" };
  if (encoding !== undefined && primeFile === undefined) throw new OptionError("--encoding is of --prime-file.");
  const flag = prime === undefined ? "--prime-file" : "--prime";
  const given: string[] = [];
  const pieces = prime === undefined ? textOf(primeFile as string, { encoding, input }) : [prime];
  async function* kept(): AsyncGenerator<string, void> {
    for await (const piece of pieces) {
      given.push(piece);
      yield piece;
    }
  }
  const { ids } = await encode(tokens, flag, kept());
  if (ids.length === 0) {
    const error = prime === undefined ? DataError : OptionError;
    throw new error(`${flag} has nothing to read: the model must read at least one ${tokens.unit}.`);
  }
  const text = given.join("");
  // A word brings the space before it.
  return { ids, text: tokens.unit === "character" ? text : text.replace(/[^\S\n]+$/u, "") };
}

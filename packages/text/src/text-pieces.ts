import { decoding } from "./decode.js";

export interface TextPiecesOptions {
  /** What messages call the file. Default: "the text". */
  readonly name?: string;
  /** Any label that TextDecoder takes: "utf-8" (default), "windows-1252" (Latin-1 is read as it), "utf-16le", "shift_jis". */
  readonly encoding?: string;
}

/**
 * The text of a stream of bytes, in pieces that end between characters, so that a text may be longer than a string can be
 * (half a gigabyte), and larger than memory. A byte-order mark is taken off. Throws DataError, after all text before, where the bytes
 * are not in that encoding; of UTF-8 it says at which byte, and in `details.suggested` which encoding it may be. Throws OptionError
 * for an encoding that there is not.
 *
 * @example for await (const piece of textPieces(createReadStream("book.txt"), { name: "book.txt" })) …
 */
export async function* textPieces(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { name = "the text", encoding }: TextPiecesOptions = {},
): AsyncGenerator<string, void, undefined> {
  const decoder = decoding(name, encoding);
  for await (const chunk of bytes) {
    const { text, error } = decoder.push(chunk);
    if (text !== "") yield text;
    if (error) throw error;
  }
  const last = decoder.end();
  if (last !== "") yield last;
}

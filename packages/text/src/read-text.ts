import { DataError } from "@throughtime/core";
import { decoding } from "./decode.js";

/** A string's length in V8, at most. */
const LONGEST = 2 ** 29 - 24;
/** How many bytes are decoded at once, so that one that is wrong is found soon. */
const CHUNK = 2 ** 24;

/**
 * The text of a file's bytes; a byte-order mark is taken off. Throws DataError where there is no text, where it is longer than a
 * string can be, and where the bytes are not in the encoding; of UTF-8 it says at which byte, and in `details.suggested` which encoding
 * it may be. `name` is what messages call the file. `encoding`: any label that TextDecoder takes. Default: "utf-8".
 *
 * @example readText(await readFile("book.txt"), "book.txt")
 */
export function readText(bytes: Uint8Array, name = "the text", encoding?: string): string {
  const decoder = decoding(name, encoding);
  const pieces: string[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const { text: piece, error } = decoder.push(bytes.subarray(at, at + CHUNK));
    if (error) throw error;
    length += piece.length;
    if (length > LONGEST) {
      throw new DataError(
        `readText: ${name} is too long for one string, which holds ${LONGEST} characters at most. Read it in pieces: textPieces.`,
        { name, bytes: bytes.length },
      );
    }
    pieces.push(piece);
  }
  pieces.push(decoder.end());
  const text = pieces.join("");
  if (text.length === 0) throw new DataError(`readText: ${name} is empty; expected text.`, { name });
  return text;
}

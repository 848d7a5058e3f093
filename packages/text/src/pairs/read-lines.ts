import { DataError } from "@throughtime/core";
import { textPieces } from "../text-pieces.js";
import { lineSplitter } from "./line-splitter.js";

/** Characters of a line; a string holds twice as many. */
const LONGEST = 2 ** 28;

export interface ReadLinesOptions {
  /** What messages call the file. Default: "the text". */
  readonly name?: string;
  /** Any label that TextDecoder takes. Default: "utf-8". */
  readonly encoding?: string;
}

/**
 * The lines of a stream of bytes, one at a time, so that a file may be larger than memory. They end in LF or CRLF, or in CR where the
 * file has no LF (in its first million characters); a byte-order mark is taken off; a last line without an end is a line. Throws
 * DataError where the bytes of a line are not in the encoding, naming the line, and for one that is longer than 2²⁸ characters, after all lines before it.
 *
 * @example for await (const line of readLines(createReadStream("train.de.gz").pipe(createGunzip()), { name: "train.de.gz" })) …
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { name = "the text", encoding }: ReadLinesOptions = {},
): AsyncGenerator<string, void, undefined> {
  const splitter = lineSplitter({ longest: LONGEST });
  const pieces = textPieces(bytes, { name, ...(encoding === undefined ? {} : { encoding }) });
  let count = 0;
  try {
    for await (const piece of pieces) {
      for (const { text, ended } of splitter.push(piece)) {
        if (!ended)
          throw new DataError(`readLines: line ${count + 1} of ${name} is longer than ${LONGEST} characters.`);
        count++;
        yield text;
      }
    }
  } catch (cause) {
    // Of what is not in the encoding the error names the file; it does not know of lines.
    const { name: kind, message, details } = cause as Error & { readonly details?: { readonly name?: unknown } };
    if (kind !== "DataError" || details?.name !== name) throw cause;
    throw new DataError(`line ${count + 1} of ${message}`, { ...details, line: count + 1 }, { cause });
  }
  for (const { text } of splitter.end()) yield text;
}

import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "@throughtime/core";
import { textPieces } from "@throughtime/text";
import { reasonOf } from "./read-file.js";

/** How a text is read. */
export interface TextFileOptions {
  /** A label of the Encoding Standard. Default: "utf-8". */
  readonly encoding?: string | undefined;
  /** What "-" stands for. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
}

/** What messages call a file. */
export const fileName = (path: string): string => (path === "-" ? "standard input" : path);

/**
 * The bytes of a file, or for "-" those of standard input; unzipped where they are gzipped, whatever the name. Throws DataError
 * where they cannot be read, or are not gzipped although the name ends in .gz.
 */
export async function* bytesOf(path: string, input?: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const file = path === "-" ? undefined : createReadStream(path);
  const source: AsyncIterable<Uint8Array> = file ?? input ?? nothing();
  const chunks = source[Symbol.asyncIterator]();
  try {
    const { first, rest } = await begun(chunks);
    const gzipped = first[0] === 0x1f && first[1] === 0x8b;
    if (path.endsWith(".gz") && !gzipped && first.length > 0)
      throw Object.assign(new Error(), { code: "Z_DATA_ERROR" });
    // `pipeline` hands an error of the file on to whoever reads what is unzipped.
    yield* gzipped ? pipeline(Readable.from(rest), createGunzip(), () => {}) : rest;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "DataError") throw cause;
    throw new DataError(`cannot read ${fileName(path)}: ${reasonOf(cause)}.`, { path }, { cause });
  } finally {
    file?.destroy();
  }
}

/** The text of a file in pieces. Throws what `bytesOf` throws, and DataError where it is in another encoding, naming one that may be right. */
export async function* textOf(
  path: string,
  { encoding, input }: TextFileOptions = {},
): AsyncGenerator<string, void, undefined> {
  const name = fileName(path);
  try {
    yield* textPieces(bytesOf(path, input), { name, ...(encoding === undefined ? {} : { encoding }) });
  } catch (cause) {
    throw withFlag(cause);
  }
}

/** An error about an encoding, with the option that mends it. */
export function withFlag(error: unknown): unknown {
  const { name, message, details } = error as { name: string; message: string; details?: { suggested?: string } };
  if (name === "OptionError") return renamed(error, message.replace(/^encoding:/, "--encoding:"));
  const suggested = details?.suggested;
  return suggested ? renamed(error, `${message} Read it with --encoding ${suggested}, or convert it.`) : error;
}

const renamed = (error: unknown, message: string): unknown => Object.assign(error as Error, { message });

/** The first bytes, at least two where there are as many, and an iterable of all. */
async function begun(chunks: AsyncIterator<Uint8Array>) {
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    read.push(value);
    length += value.length;
  }
  async function* rest(): AsyncGenerator<Uint8Array, void> {
    yield* read;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { first: Buffer.concat(read.map((chunk) => chunk.subarray(0, 2))), rest: rest() };
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

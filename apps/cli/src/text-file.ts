import { constants, createReadStream, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError } from "@throughtime/core";
import { textPieces } from "@throughtime/text";
import { count } from "./format.js";
import { reasonOf } from "./read-file.js";

/** How a text is read. */
export interface TextFileOptions {
  /** A label of the Encoding Standard. Default: "utf-8". */
  readonly encoding?: string | undefined;
  /** What "-" stands for. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
}

/** Whether a path is standard input, which may be a socket, and so cannot be opened by its path. */
export const isStandardInput = (path: string): boolean =>
  ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].includes(path);

/** What messages call a file. */
export const fileName = (path: string): string => (isStandardInput(path) ? "standard input" : path);

/**
 * The bytes of a file, or for "-" and /dev/stdin those of standard input; unzipped where they are gzipped, whatever the name. Throws DataError
 * where they cannot be read, or are not gzipped although the name ends in .gz. `signal`: nobody wants them any more.
 */
export async function* bytesOf(
  path: string,
  input?: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const file = isStandardInput(path) ? undefined : await opened(path);
  const stop = () => file?.destroy(new Error("it is not read any more"));
  signal?.addEventListener("abort", stop, { once: true });
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
    signal?.removeEventListener("abort", stop);
    file?.destroy();
  }
}

/** A FIFO is opened so that nobody waits in the kernel for who writes to it: a process that does cannot even exit. */
async function opened(path: string): Promise<Readable> {
  const isFifo = await stat(path).then(
    (kind) => kind.isFIFO(),
    () => false,
  );
  if (!isFifo) return createReadStream(path);
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
}

/** Of a pipe, at most. */
const MOST_KEPT = 2 ** 30;

/**
 * A file's bytes, to be read as often as is wanted. What can be read only once (a pipe, a FIFO, standard input) is kept in memory. Throws
 * what `bytesOf` throws, and DataError where more than `most` bytes (default: a gigabyte) would have to be kept.
 */
export function rereadable(
  path: string,
  input?: AsyncIterable<Uint8Array>,
  most = MOST_KEPT,
): (signal?: AbortSignal) => AsyncGenerator<Uint8Array, void> {
  let kept: Promise<readonly Uint8Array[]> | undefined;
  return async function* (signal) {
    if (await canBeReadAgain(path)) yield* bytesOf(path, input, signal);
    else {
      kept ??= collected(bytesOf(path, input, signal), path, most);
      yield* await kept;
    }
  };
}

async function canBeReadAgain(path: string): Promise<boolean> {
  if (isStandardInput(path)) return false;
  // What is not there, or a folder, is an error when it is read.
  const kind = await stat(path).catch(() => undefined);
  return kind === undefined || kind.isFile() || kind.isDirectory();
}

async function collected(bytes: AsyncIterable<Uint8Array>, path: string, most: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > most) {
      throw new DataError(
        `${fileName(path)}: it can be read only once, and has more than ${count(most)} bytes, which is too much to keep. Write it to a file, and name that.`,
        { path },
      );
    }
    chunks.push(chunk);
  }
  return chunks;
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

/** The first bytes, two where they may be those of a gzipped file, and an iterable of all. Who types an empty line is not kept waiting. */
async function begun(chunks: AsyncIterator<Uint8Array>) {
  const read: Uint8Array[] = [];
  let length = 0;
  while (length === 0 || (length === 1 && read[0]?.[0] === 0x1f)) {
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

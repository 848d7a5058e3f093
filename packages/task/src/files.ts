import { DataError, OptionError } from "@throughtime/core";
import { readLines, textPieces } from "@throughtime/text";

/** Where a task's files come from: a disk, a page's File inputs, a test's texts. */
export interface Files {
  /**
   * A file's bytes, unzipped where they are gzipped; to be read as often as is wanted. "-" is standard input, and
   * "npm:package/file" a file of an npm package that is installed. Throws DataError where it cannot be read.
   */
  open(path: string, options?: OpenFileOptions): AsyncIterable<Uint8Array>;
  /** What messages call it: its name without its folders, "standard input". */
  name(path: string): string;
  /** The names of a folder's files, sorted. Throws DataError where there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** Throws OptionError where more than one of the paths is standard input, which can be read only once. */
  requireOneInput(paths: readonly (string | undefined)[]): void;
}

export interface OpenFileOptions {
  /** Aborted where nobody wants the rest. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it is read only this time: then what can be read only once (a pipe, standard input) need not be kept in memory. */
  readonly once?: boolean | undefined;
}

export interface TextOptions extends OpenFileOptions {
  /** A label of the Encoding Standard. Default: "utf-8". */
  readonly encoding?: string | undefined;
}

export interface BytesOptions extends OpenFileOptions {
  /** How many bytes are read at most. */
  readonly most: number;
}

/**
 * A file as a whole: a picture, a table of numbers. Throws DataError where it cannot be read, or is larger than what is read at most.
 *
 * @example const { width, height } = readPgm(await bytesOf(files, "cat.pgm", { most: 1_000_000 }));
 */
export async function bytesOf(files: Files, path: string, { most, ...how }: BytesOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of files.open(path, how)) {
    pieces.push(piece);
    length += piece.length;
    if (length <= most) continue;
    throw new DataError(`${files.name(path)} is larger than ${most.toLocaleString("en")} bytes; it is not read.`, {
      path,
      most,
    });
  }
  const bytes = new Uint8Array(length);
  pieces.reduce((at, piece) => {
    bytes.set(piece, at);
    return at + piece.length;
  }, 0);
  return bytes;
}

/** The text of a file in pieces. Throws DataError where it is in another encoding, naming one that may be right. */
export async function* textOf(
  files: Files,
  path: string,
  options: TextOptions = {},
): AsyncGenerator<string, void, undefined> {
  yield* decoded(textPieces, files, path, options);
}

/** The lines of a file. Throws what `textOf` throws. */
export async function* linesOf(
  files: Files,
  path: string,
  options: TextOptions = {},
): AsyncGenerator<string, void, undefined> {
  yield* decoded(readLines, files, path, options);
}

/** What `read` makes of a file's bytes. */
async function* decoded(
  read: typeof textPieces | typeof readLines,
  files: Files,
  path: string,
  { encoding, ...how }: TextOptions,
): AsyncGenerator<string, void, undefined> {
  const named = { name: files.name(path), ...(encoding === undefined ? {} : { encoding }) };
  try {
    yield* read(files.open(path, how), named);
  } catch (cause) {
    throw withFlag(cause);
  }
}

/** JSON of a file. Throws DataError where it is none. */
export async function jsonOf(files: Files, path: string): Promise<unknown> {
  let text = "";
  for await (const piece of textOf(files, path)) text += piece;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${files.name(path)} is not JSON: ${(cause as Error).message}.`, { path }, { cause });
  }
}

/** An error about an encoding, with the option that mends it. */
function withFlag(cause: unknown): unknown {
  const { name, message, details } = cause as { name: string; message: string; details?: { suggested?: string } };
  if (name === "OptionError" && message.startsWith("encoding:")) {
    return new OptionError(message.replace(/^encoding:/, "--encoding:"), {}, { cause });
  }
  const { suggested } = details ?? {};
  if (name !== "DataError" || suggested === undefined) return cause;
  return new DataError(`${message} Read it with --encoding ${suggested}, or convert it.`, { ...details }, { cause });
}

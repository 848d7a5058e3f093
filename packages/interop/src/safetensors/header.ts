import { CheckpointError } from "@throughtime/core";
import { FILE_DTYPES } from "./dtypes.js";

/** What a file may claim before it is refused. */
export interface SafetensorsLimits {
  /** The header's length in bytes. Default: 100,000,000, as in the format's reference implementation. */
  readonly headerBytes?: number;
  /** Default: 100,000. */
  readonly tensors?: number;
  /** The number of dimensions of one tensor. Default: 32. */
  readonly rank?: number;
}

export const DEFAULT_LIMITS: Required<SafetensorsLimits> = { headerBytes: 100_000_000, tensors: 100_000, rank: 32 };

/** One tensor as the header describes it; offsets count bytes from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes begin in the file. */
  readonly dataStart: number;
}

/** Raises a CheckpointError about a safetensors file. */
export function refuse(what: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): never {
  throw new CheckpointError(`safetensors: ${what}`, details, cause === undefined ? undefined : { cause });
}

/**
 * Reads and checks the header: every entry is well formed, and the tensors tile the bytes after it without gap, overlap
 * or rest. Throws CheckpointError.
 */
export function readHeader(file: Uint8Array, given: SafetensorsLimits = {}): Header {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const text = headerText(file, limits);
  scanStructure(text, limits);
  const parsed = parseObject(text);
  const { __metadata__: metadata = {}, ...tensors } = parsed;
  const names = Object.keys(tensors);
  if (names.length > limits.tensors)
    refuse(`the header names ${names.length} tensors; at most ${limits.tensors} are read.`);
  const entries = names.map((name) => readEntry(name, tensors[name], limits));
  const dataStart = 8 + Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  checkTiling(entries, file.length - dataStart);
  return { entries, metadata: readMetadata(metadata), dataStart };
}

function headerText(file: Uint8Array, limits: Required<SafetensorsLimits>): string {
  if (file.length < 8)
    refuse(`the file has ${file.length} bytes; it must begin with 8 bytes that hold the header's length.`);
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(limits.headerBytes)) {
    refuse(
      `the file claims a header of ${length} bytes; at most ${limits.headerBytes} are read. Is it a safetensors file?`,
    );
  }
  if (length > BigInt(file.length - 8)) {
    refuse(`the file claims a header of ${length} bytes, but only ${file.length - 8} follow. Is it truncated?`);
  }
  const bytes = file.subarray(8, 8 + Number(length));
  if (bytes[0] !== 0x7b)
    refuse(
      `the header must begin with "{"${bytes.length === 0 ? ", but it is empty" : `, received byte ${bytes[0]}`}.`,
    );
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return refuse("the header is not valid UTF-8.", {}, cause);
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    // It begins with "{", so if it parses at all it is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    return refuse(`the header is not JSON: ${(cause as Error).message}`, {}, cause);
  }
}

/** Where a header's values stand: the file's object, an entry or the metadata, a shape or a pair of offsets. */
const MAX_DEPTH = 3;

/**
 * Reads the header's structure before anything is built from it: JSON.parse would keep the last of two equal names
 * and would turn a hundred megabytes of brackets into gigabytes of arrays.
 */
function scanStructure(text: string, limits: Required<SafetensorsLimits>): void {
  const keys: Set<string>[] = [];
  let depth = 0;
  let commas = 0;
  const maxCommas = limits.tensors * (limits.rank + 8);
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') {
      const end = stringEnd(text, at);
      if (/^[ \t\n\r]*:/.test(text.slice(end, end + 32))) addKey(keys[depth - 1], text.slice(at, end), at);
      at = end - 1;
    } else if (char === "{" || char === "[") {
      if (++depth > MAX_DEPTH) refuse(`the header nests deeper than ${MAX_DEPTH} levels, at character ${at}.`);
      keys[depth - 1] = new Set();
    } else if (char === "}" || char === "]") depth--;
    else if (char === "," && ++commas > maxCommas) refuse(`the header holds more than ${maxCommas} values.`);
    else if (!/[-0-9,: \t\n\r]/.test(char)) {
      refuse(
        `the header holds ${JSON.stringify(char)} at character ${at}, where only a whole number, a string, an object or a list may stand.`,
      );
    }
  }
}

/** The index after the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return refuse(`the header is not JSON: the string at character ${start} does not end.`);
}

function addKey(seen: Set<string> | undefined, literal: string, at: number): void {
  let name = literal;
  try {
    // Two spellings of one name ("a" and "\u0061") are one key.
    name = JSON.parse(literal) as string;
  } catch {
    // JSON.parse of the whole header will say what is wrong with it.
  }
  if (seen?.has(name))
    refuse(`the name ${JSON.stringify(name)} stands twice in the header, again at character ${at}.`, { name });
  seen?.add(name);
}

function readEntry(name: string, value: unknown, limits: Required<SafetensorsLimits>): Entry {
  const who = `tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) refuse(`${who} must be described by an object, received ${JSON.stringify(value)}.`, { name });
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) refuse(`${who} has an unknown field ${JSON.stringify(unknown)}.`, { name });
  const kind = typeof dtype === "string" && Object.hasOwn(FILE_DTYPES, dtype) ? FILE_DTYPES[dtype] : undefined;
  if (!kind) {
    refuse(`${who} has dtype ${JSON.stringify(dtype)}; ${Object.keys(FILE_DTYPES).join(", ")} are read.`, {
      name,
      dtype,
    });
  }
  if (!isSizes(shape) || shape.length > limits.rank) {
    refuse(`${who}: shape must be at most ${limits.rank} whole numbers ≥ 0, received ${JSON.stringify(shape)}.`, {
      name,
      shape,
    });
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    refuse(`${who}: data_offsets must be two whole numbers ≥ 0, received ${JSON.stringify(offsets)}.`, {
      name,
      offsets,
    });
  }
  const [begin, end] = offsets as [number, number];
  let bytes = kind.bytes;
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes))
      refuse(`${who}: shape ${JSON.stringify(shape)} is too large to count.`, { name, shape });
  }
  if (end - begin !== bytes) {
    refuse(
      `${who}: ${dtype}${JSON.stringify(shape)} takes ${bytes} bytes, but data_offsets [${begin}, ${end}] hold ${end - begin}.`,
      { name },
    );
  }
  return { name, dtype: dtype as string, shape, begin, end };
}

/** Tensors stand one after the other: no byte belongs to two of them or to none. */
function checkTiling(entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  let previous = "the header";
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const who = `tensor ${JSON.stringify(name)}`;
    if (end > dataBytes) {
      refuse(`${who} ends at byte ${end} of the data, but the file has ${dataBytes} bytes of data. Is it truncated?`, {
        name,
        begin,
        end,
      });
    }
    if (begin < at)
      refuse(`${who} begins at byte ${begin} and overlaps ${previous}, which ends at ${at}.`, { name, begin, end });
    if (begin > at)
      refuse(`${who} begins at byte ${begin}, leaving a gap after ${previous}, which ends at ${at}.`, {
        name,
        begin,
        end,
      });
    at = end;
    previous = who;
  }
  if (at !== dataBytes)
    refuse(`${dataBytes - at} bytes follow ${previous} and belong to no tensor.`, { trailing: dataBytes - at });
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) refuse(`__metadata__ must be an object of strings, received ${JSON.stringify(value)}.`);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string")
      refuse(`__metadata__: ${JSON.stringify(key)} must be a string, received ${JSON.stringify(item)}.`, { key });
  }
  return value as Record<string, string>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

import { printable, quote } from "@throughtime/core";
import { checkTiling, type Entry, isRecord, readEntry } from "./entries.js";
import { DEFAULT_LIMITS, refuse, type SafetensorsLimits } from "./refuse.js";
import { scanStructure } from "./scan.js";

/** What the header of a file says. */
export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes begin in the file. */
  readonly dataStart: number;
}

/**
 * How long the header is, from a file's first 8 bytes (fewer, where it is shorter) and its size. Throws CheckpointError
 * where it is longer than the limit or the file.
 */
export function headerLength(start: Uint8Array, size: number, limits: SafetensorsLimits): number {
  const { headerBytes } = { ...DEFAULT_LIMITS, ...limits };
  if (size < 8 || start.length < 8)
    refuse(`the file has ${size} bytes; it must begin with 8 bytes that hold the header's length.`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(headerBytes)) {
    refuse(`the file claims a header of ${length} bytes; at most ${headerBytes} are read. Is it a safetensors file?`, {
      limit: "headerBytes",
    });
  }
  if (length > BigInt(size - 8)) {
    refuse(`the file claims a header of ${length} bytes, but only ${size - 8} follow. Is it truncated?`);
  }
  return Number(length);
}

/**
 * Reads and checks the header's bytes, of a file of `size` bytes: every entry is well formed, and the tensors tile the
 * bytes after it without gap, overlap or rest. Throws CheckpointError.
 */
export function readHeader(bytes: Uint8Array, size: number, given: SafetensorsLimits = {}): Header {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const text = headerText(bytes);
  scanStructure(text, limits);
  const { __metadata__: metadata, ...tensors } = parseObject(text);
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(name, value, limits.rank));
  if (entries.length > limits.tensors)
    refuse(`the header names ${entries.length} tensors; at most ${limits.tensors} are read.`, { limit: "tensors" });
  const dataStart = 8 + bytes.length;
  checkTiling(entries, size - dataStart);
  return { entries, metadata: readMetadata(metadata), dataStart };
}

function headerText(bytes: Uint8Array): string {
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
    return refuse(`the header is not JSON: ${printable((cause as Error).message, 200)}`, {}, cause);
  }
}

/** The reference implementation takes null for no metadata. */
function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) refuse(`__metadata__ must be an object of strings or null, received ${quote(value)}.`);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string")
      refuse(`__metadata__: ${quote(key)} must be a string, received ${quote(item)}.`, { key });
  }
  return value as Record<string, string>;
}

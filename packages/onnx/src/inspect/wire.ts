import { DataError } from "@throughtime/core";

/** Bytes that are read where they are needed: an open file, or an array. */
export interface ModelSource {
  /** How many bytes there are. */
  readonly size: number;
  /** `length` bytes from `offset`; never asked for more than there are. */
  read(offset: number, length: number): Uint8Array;
}

/** What a model may hold before it is refused. */
export interface InspectLimits {
  /** Nodes in all graphs together. Default: 1,000,000. */
  readonly nodes?: number;
  /** Weights, inputs, outputs and metadata entries, each. Default: 100,000. */
  readonly tensors?: number;
  /** The length of a name, in bytes. Default: 4,096. */
  readonly nameLength?: number;
  /** All text that is kept, in bytes: names, and the metadata's values. Default: 16,000,000. */
  readonly textBytes?: number;
  /** Graphs in graphs, types in types. Default: 32. */
  readonly depth?: number;
  /** Dimensions of one tensor. Default: 64. */
  readonly rank?: number;
  /** Fields of messages that are gone through, those that are skipped too. Default: 4,000,000. */
  readonly fields?: number;
}

export const DEFAULT_LIMITS: Required<InspectLimits> = {
  nodes: 1_000_000,
  tensors: 100_000,
  nameLength: 4096,
  textBytes: 16_000_000,
  depth: 32,
  rank: 64,
  fields: 4_000_000,
};

/** Raises a DataError about an ONNX file. */
export function refuse(what: string, details: Readonly<Record<string, unknown>> = {}): never {
  throw new DataError(`onnx: ${what}`, details);
}

export const exceeded = (limit: keyof InspectLimits, what: string, most: number): never =>
  refuse(`${what}; at most ${most} are read.`, { limit });

/** One field of a message: a number, or where its bytes stand. */
export interface Field {
  readonly number: number;
  /** Protobuf's wire type: 0 a varint, 1 eight bytes, 2 bytes of a length, 5 four bytes. */
  readonly type: number;
  /** A varint's value as an i64 (inexact beyond 2⁵³); 0 for other types. */
  readonly value: number;
  /** Where the field itself begins, with its number. */
  readonly begin: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Goes through protobuf messages without reading what nobody asks for: a tensor's data are stepped over. (The library that
 * writes and reads models wants a file's bytes as one array.)
 */
export interface Wire {
  /** Visits the fields of a message between two offsets, in their order. */
  fields(start: number, end: number, visit: (field: Field) => void): void;
  /** A field's text, which must not be longer than a name; `kept` text counts against the limit of all text. */
  name(field: Field, kept?: "kept"): string;
  /** Counts text that is kept against the limit. */
  keep(bytes: number): void;
  /** A field's text of any length that the limit of all text allows. */
  text(field: Field): string;
  /** The values of a repeated i64 field: one, or packed many. */
  integers(field: Field, most: number): number[];
}

const WINDOW = 1 << 14;

export function wireOf({ size, read }: ModelSource, limits: Required<InspectLimits>): Wire {
  let window = new Uint8Array(0);
  let windowStart = 0;
  let fieldsSeen = 0;
  let textKept = 0;
  /** Where the last varint ended. */
  let next = 0;

  const byte = (at: number): number => {
    if (at < windowStart || at >= windowStart + window.length) {
      if (at >= size) refuse(`the file ends at byte ${size}, in the middle of a field. Is it truncated?`);
      window = read(at, Math.min(WINDOW, size - at)) as Uint8Array<ArrayBuffer>;
      windowStart = at;
    }
    return window[at - windowStart] as number;
  };

  const varint = (start: number, end: number): number => {
    const first = window[start - windowStart];
    if (first !== undefined && first < 0x80 && start < end) {
      next = start + 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++, scale *= 128) {
      if (start + i >= end) refuse(`a number at byte ${start} reaches beyond its message. Is it truncated or damaged?`);
      const part = byte(start + i);
      value += (part & 0x7f) * scale;
      if (part < 0x80) {
        next = start + i + 1;
        return i < 9 ? value : wide(start);
      }
    }
    return refuse(`a number at byte ${start} has more than 10 bytes; none may.`);
  };
  /** Ten bytes hold a negative number, whose low digits a sum of doubles would lose. */
  const wide = (start: number): number => {
    let value = 0n;
    for (let i = 0; i < 10; i++) value |= BigInt(byte(start + i) & 0x7f) << BigInt(7 * i);
    return Number(BigInt.asIntN(64, value));
  };

  const decoder = new TextDecoder();
  const decoded = ({ start, end }: Field): string => {
    const at = start - windowStart;
    const isThere = at >= 0 && end - windowStart <= window.length;
    return decoder.decode(isThere ? window.subarray(at, end - windowStart) : read(start, end - start));
  };
  const keep = (bytes: number): void => {
    textKept += bytes;
    if (textKept > limits.textBytes)
      exceeded(
        "textBytes",
        `the model's names and metadata take more than ${limits.textBytes} bytes`,
        limits.textBytes,
      );
  };

  return {
    fields(start, end, visit) {
      let at = start;
      while (at < end) {
        if (++fieldsSeen > limits.fields)
          exceeded("fields", `the model has more than ${limits.fields} fields`, limits.fields);
        const tag = varint(at, end);
        const type = tag % 8;
        const number = (tag - type) / 8;
        const content = next;
        let value = 0;
        let from = content;
        let to = content;
        if (type === 0) {
          value = varint(content, end);
          to = next;
        } else if (type === 1) to = content + 8;
        else if (type === 5) to = content + 4;
        else if (type === 2) {
          const length = varint(content, end);
          from = next;
          to = length < 0 ? Number.POSITIVE_INFINITY : from + length;
        } else refuse(`byte ${at} begins a field of wire type ${type}, which ONNX has none of. Is it an ONNX file?`);
        if (number < 1 || to > end)
          refuse(
            `the field at byte ${at} reaches to byte ${to}, beyond its message's end at ${end}. Is it truncated, or not an ONNX file?`,
          );
        visit({ number, type, value, begin: at, start: from, end: to });
        at = to;
      }
    },
    name(field, kept) {
      const length = field.end - field.start;
      if (length > limits.nameLength)
        exceeded("nameLength", `a name of ${length} bytes stands at byte ${field.start}`, limits.nameLength);
      if (kept) keep(length);
      return decoded(field);
    },
    keep,
    text(field) {
      keep(field.end - field.start);
      return decoded(field);
    },
    integers({ type, value, start, end }, most) {
      if (type === 0) return [value];
      const values: number[] = [];
      for (let at = start; at < end && values.length <= most; at = next) values.push(varint(at, end));
      return values;
    },
  };
}

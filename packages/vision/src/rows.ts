import { DataError, fromHalf, OptionError, optionsOf, printable, ShapeError, toHalf } from "@throughtime/core";

/** Rows of numbers, each under a key, the SHA-256 of what it is of: features of pictures that are computed once. On a disk, or in memory. */
export interface RowStore {
  /** How many numbers a row has. */
  readonly width: number;
  /** What messages call the place where they stand: a folder, "memory". */
  readonly place: string;
  /** Whether there is a row of this key, and it is undamaged. */
  has(key: string): Promise<boolean>;
  /**
   * Adds a row; one that is there stays as it is. Throws ShapeError for a row of another width, DataError for numbers that are not finite
   * or that the store's dtype does not hold, CheckpointError where the place is full: rows that were added before are kept.
   */
  write(key: string, row: Float32Array): Promise<void>;
  /**
   * Rows side by side: for each part of a row, of so many numbers, an array [keys.length, part]. Default: one part, which is the row. Throws
   * DataError for a key that is not there, and for a row that was damaged since.
   */
  read(keys: readonly string[], parts?: readonly number[]): Promise<readonly Float32Array[]>;
  /** Frees files. Rows stay, on a disk. */
  close(): Promise<void>;
}

export interface RowOptions {
  /** How many numbers a row has. */
  readonly width: number;
  /** How they are stored: rounded to "f16" (default), which holds numbers up to 65504 with three digits, or as they are. */
  readonly dtype?: "f16" | "f32" | undefined;
}

/** Numbers as the bytes that stand for them, and back. */
export interface RowCodec {
  readonly width: number;
  readonly bytes: number;
  encode(row: Float32Array): Uint8Array;
  /** Arrays for so many rows, and what fills in the bytes of one. Throws ShapeError where the parts are no row together. */
  arrays(
    count: number,
    parts: readonly number[],
  ): { readonly all: readonly Float32Array[]; fill(row: number, bytes: Uint8Array): void };
}

/** A row's bytes are little-endian, as every machine that runs JavaScript today has them. */
export function rowCodec(op: string, { width, dtype = "f16" }: RowOptions): RowCodec {
  if (!Number.isSafeInteger(width) || width < 1) {
    throw new OptionError(`${op}: width is ${String(width)}; expected a whole number of numbers in a row, from 1.`);
  }
  if (dtype !== "f16" && dtype !== "f32") {
    throw new OptionError(`${op}: dtype is ${String(dtype)}; expected "f16" or "f32".`);
  }
  const half = dtype === "f16";
  return {
    width,
    bytes: width * (half ? 2 : 4),
    encode(row) {
      if (row.length !== width) {
        throw new ShapeError(`${op}: a row of ${row.length} numbers is written; expected ${width}.`);
      }
      const values = half ? toHalf(row) : row;
      requireHeld(op, row, half);
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    },
    arrays(count, parts) {
      if (parts.reduce((sum, part) => sum + part, 0) !== width) {
        throw new ShapeError(`${op}: the parts ${parts.join(" + ")} are read of rows of ${width} numbers.`);
      }
      const all = parts.map((part) => new Float32Array(count * part));
      return {
        all,
        fill(row, bytes) {
          let at = 0;
          for (const [i, part] of parts.entries()) {
            const into = (all[i] as Float32Array).subarray(row * part, (row + 1) * part);
            if (half) fromHalf(aligned(bytes, Uint16Array, at, part), into);
            else into.set(aligned(bytes, Float32Array, at, part));
            at += part;
          }
        },
      };
    },
  };
}

/** A part of bytes as numbers: where these stand, or a copy where they stand at an odd place. */
function aligned<T>(
  bytes: Uint8Array,
  Numbers: { new (buffer: ArrayBufferLike, offset: number, length: number): T; readonly BYTES_PER_ELEMENT: number },
  from: number,
  length: number,
): T {
  const { BYTES_PER_ELEMENT: size } = Numbers;
  const isAligned = bytes.byteOffset % size === 0;
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
  return new Numbers(buffer, byteOffset + from * size, length);
}

/** 65520 is the first number that is rounded to an infinity of f16. */
const MOST_HALF = 65520;

function requireHeld(op: string, row: Float32Array, half: boolean): void {
  const most = half ? MOST_HALF : Infinity;
  const at = row.findIndex((value) => !(Math.abs(value) < most));
  if (at < 0) return;
  const value = row[at] as number;
  throw new DataError(
    Number.isFinite(value)
      ? `${op}: a row holds ${value} at ${at}; f16 holds numbers up to 65504. Store it as f32.`
      : `${op}: a row holds ${value} at ${at}; expected finite numbers.`,
    { value, at },
  );
}

export const noRow = (op: string, key: string): DataError =>
  new DataError(`${op}: there is no row of the key ${printable(key, 80)}.`, { key });

/**
 * Rows in memory, stored as they are on a disk. Throws OptionError for a width that is no whole number from 1, or another dtype.
 *
 * @example const rows = memoryRows({ width: 49 * 512 + 512 });
 */
export function memoryRows(options: RowOptions): RowStore {
  const codec = rowCodec("memoryRows", optionsOf("memoryRows", options, "width", "dtype"));
  const rows = new Map<string, Uint8Array>();
  const { width } = codec;
  return {
    width,
    place: "memory",
    has: async (key) => rows.has(key),
    async write(key, row) {
      if (!rows.has(key)) rows.set(key, codec.encode(row));
    },
    async read(keys, parts = [width]) {
      const { all, fill } = codec.arrays(keys.length, parts);
      keys.forEach((key, i) => {
        const bytes = rows.get(key);
        if (bytes === undefined) throw noRow("memoryRows", key);
        fill(i, bytes);
      });
      return all;
    },
    async close() {},
  };
}

import { quote } from "@throughtime/core";
import { DTYPE_BITS } from "./dtypes.js";
import { refuse } from "./refuse.js";

/** One tensor as the header describes it; offsets count bytes from the end of the header. */
export interface Entry {
  readonly name: string;
  /** As in the file: "F32", "BF16", "F8_E4M3". */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Checks one entry of the header by itself. Throws CheckpointError. */
export function readEntry(name: string, value: unknown, rank: number): Entry {
  const who = `tensor ${quote(name)}`;
  if (!isRecord(value)) refuse(`${who} must be described by an object, received ${quote(value)}.`, { name });
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) refuse(`${who} has an unknown field ${quote(unknown)}.`, { name });
  const bits = typeof dtype === "string" && Object.hasOwn(DTYPE_BITS, dtype) ? DTYPE_BITS[dtype] : undefined;
  if (bits === undefined) {
    refuse(`${who} has dtype ${quote(dtype)}; the format knows ${Object.keys(DTYPE_BITS).join(", ")}.`, {
      name,
      dtype,
    });
  }
  if (!isSizes(shape) || shape.length > rank) {
    refuse(`${who}: shape must be at most ${rank} whole numbers ≥ 0, received ${quote(shape)}.`, { name, shape });
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    refuse(`${who}: data_offsets must be two whole numbers ≥ 0, received ${quote(offsets)}.`, { name, offsets });
  }
  const [begin, end] = offsets as [number, number];
  const bytes = byteLength(shape, bits);
  if (bytes === undefined) refuse(`${who}: shape ${quote(shape)} is too large to count.`, { name, shape });
  if (end - begin !== bytes) {
    refuse(
      `${who}: ${dtype}${quote(shape)} takes ${bytes} bytes, but data_offsets [${begin}, ${end}] hold ${end - begin}.`,
      { name },
    );
  }
  return { name, dtype: dtype as string, shape, begin, end };
}

/** How many bytes elements of so many bits take; undefined where that is too large to count. */
function byteLength(shape: readonly number[], bits: number): number | undefined {
  let total = bits;
  for (const size of shape) {
    total *= size;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total / 8;
}

/** Tensors stand one after the other: no byte belongs to two of them or to none. Throws CheckpointError. */
export function checkTiling(entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  let previous: string | undefined;
  const after = () => (previous === undefined ? "the header" : `tensor ${quote(previous)}`);
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const details = { name, begin, end };
    if (end > dataBytes) {
      refuse(
        `tensor ${quote(name)} ends at byte ${end} of the data, but the file has ${dataBytes} bytes of data. Is it truncated?`,
        details,
      );
    }
    if (begin !== at) {
      const how = begin < at ? `and overlaps ${after()}` : `leaving a gap after ${after()}`;
      refuse(
        `tensor ${quote(name)} begins at byte ${begin}${begin < at ? " " : ", "}${how}, which ends at ${at}.`,
        details,
      );
    }
    at = end;
    previous = name;
  }
  if (at !== dataBytes)
    refuse(`${dataBytes - at} bytes follow ${after()} and belong to no tensor.`, { trailing: dataBytes - at });
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

import { headerLength, readHeader } from "./header.js";
import type { SafetensorsLimits } from "./refuse.js";

/** Bytes that are read where they are needed: an open file, a Blob, a range request. */
export interface ByteSource {
  /** How many bytes there are. */
  readonly size: number;
  /** `length` bytes from `offset`; never more than there are. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** One tensor as a file describes it. */
export interface TensorInfo {
  readonly name: string;
  /** As stored: "F32", "BF16", "I64", "F8_E4M3". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its bytes begin in the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsInfo {
  readonly tensors: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The contents of a safetensors file, from its header alone: no tensor is read, so a file may be of any size and of any
 * element type of the format. Throws CheckpointError for what decodeSafetensors refuses, but for values.
 *
 * @example const { tensors } = await inspectSafetensors({ size: blob.size, read: async (at, n) =>
 *   new Uint8Array(await blob.slice(at, at + n).arrayBuffer()) });
 */
export async function inspectSafetensors(
  { size, read }: ByteSource,
  limits: SafetensorsLimits = {},
): Promise<SafetensorsInfo> {
  const length = headerLength(await read(0, Math.min(8, size)), size, limits);
  const { entries, metadata, dataStart } = readHeader(await read(8, length), size, limits);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => ({
    ...{ name, dtype, shape },
    ...{ offset: dataStart + begin, bytes: end - begin },
  }));
  return { tensors, metadata };
}

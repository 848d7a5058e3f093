import { type NdArray, quote, shapeText } from "@throughtime/core";
import { FILE_DTYPES, isMisfit } from "./dtypes.js";
import type { Entry } from "./entries.js";
import { headerLength, readHeader } from "./header.js";
import { refuse, type SafetensorsLimits } from "./refuse.js";

/** The contents of a safetensors file: tensors by name, in the header's order, and its free-form strings. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, NdArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file. F32 and F64 stay; F16 and BF16 become f32; integers of any width become i32 (out of its
 * range: an error); BOOL becomes bool. The result shares no memory with `file`. Memory used is at most a small multiple
 * of the file's own size, whatever the file claims.
 *
 * Throws CheckpointError, saying what is wrong and where: truncated; not JSON; a name twice; a dtype that is not read; a
 * shape that does not match its bytes; tensors that overlap, leave gaps or reach beyond the file; bytes that belong to
 * no tensor; a header beyond `limits`.
 *
 * Source: the safetensors format (Hugging Face, 2022), github.com/huggingface/safetensors.
 */
export function decodeSafetensors(file: Uint8Array, limits: SafetensorsLimits = {}): Safetensors {
  const length = headerLength(file.subarray(0, 8), file.length, limits);
  const { entries, metadata, dataStart } = readHeader(file.subarray(8, 8 + length), file.length, limits);
  const tensors = entries.map((entry) => [entry.name, readTensor(entry, file, dataStart)] as const);
  return { tensors: Object.fromEntries(tensors), metadata };
}

function readTensor({ name, dtype, shape, begin, end }: Entry, file: Uint8Array, dataStart: number): NdArray {
  const kind = FILE_DTYPES[dtype];
  if (!kind) {
    refuse(`tensor ${quote(name)} is ${dtype}; values of ${Object.keys(FILE_DTYPES).join(", ")} are read.`, {
      name,
      dtype,
    });
  }
  const data = kind.read(file.subarray(dataStart + begin, dataStart + end));
  if (isMisfit(data)) {
    refuse(
      `tensor ${quote(name)}, ${dtype}${shapeText(shape)}: element ${data.index} is ${data.value}, which does not fit ${kind.dtype}.`,
      { name, index: data.index, value: data.value },
    );
  }
  return { data, shape, dtype: kind.dtype };
}

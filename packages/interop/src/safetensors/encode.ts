import { byteSize, type NdArray, OptionError, quote, shapeText, sizeOf } from "@throughtime/core";
import { FILE_DTYPE_OF } from "./dtypes.js";
import { halvesOf } from "./half.js";

export interface EncodeOptions {
  /** How numbers of f32 are stored: as they are (default), or rounded to f16, which takes half of the place. */
  readonly f32As?: "f32" | "f16";
}

/**
 * Writes a safetensors file. Equal tensors and metadata give equal bytes, in whatever order they are passed: wider
 * element types come first, so that everything is aligned, then names in the order of their code units.
 *
 * Throws OptionError for a tensor named `__metadata__`, for metadata that is not a string, for data whose length is
 * not its shape's, and for a number that f16 does not hold.
 *
 * Source: the safetensors format (Hugging Face, 2022), github.com/huggingface/safetensors.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
  { f32As = "f32" }: EncodeOptions = {},
): Uint8Array {
  const stored = Object.entries(tensors).map(([name, array]) => {
    checkTensor(name, array);
    const { data, shape, dtype } = array;
    return dtype === "f32" && f32As === "f16"
      ? { name, shape, dtype: "F16", data: halvesOf(data, name) }
      : { name, shape, dtype: FILE_DTYPE_OF[dtype], data };
  });
  const sorted = stored.sort((x, y) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || compare(x.name, y.name));
  let offset = 0;
  const entries = sorted.map(({ name, dtype, shape, data }) => {
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
  });
  const header = headerBytes(entries, metadata);
  const file = new Uint8Array(8 + header.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const { data } of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function headerBytes(
  entries: readonly (readonly [string, object])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const strings = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  for (const [key, value] of strings) {
    if (typeof value !== "string") {
      throw new OptionError(`encodeSafetensors: metadata ${quote(key)} must be a string, received ${typeof value}.`, {
        key,
      });
    }
  }
  // Written by hand, since an object would put names that look like numbers first.
  const members = entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  if (strings.length > 0) {
    members.unshift(
      `"__metadata__":{${strings.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`,
    );
  }
  const bytes = new TextEncoder().encode(`{${members.join(",")}}`);
  // Spaces fill the header to a multiple of 8 bytes, so that the data are aligned.
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  return padded;
}

function checkTensor(name: string, { data, shape, dtype }: NdArray): void {
  if (name === "__metadata__") {
    throw new OptionError(
      'encodeSafetensors: "__metadata__" is the format\'s own name; call the tensor something else.',
      { name },
    );
  }
  if (data.length !== sizeOf(shape) || data.BYTES_PER_ELEMENT !== byteSize(dtype)) {
    throw new OptionError(
      `encodeSafetensors: tensor ${quote(name)} is ${dtype}${shapeText(shape)}, but its data are ${data.length} elements of ${data.BYTES_PER_ELEMENT} bytes.`,
      { name },
    );
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

import { type DType, fromHalf, type TypedArray } from "@throughtime/core";

/** How one of the file format's element types is read. */
export interface FileDtype {
  /** The element type it is read into. */
  readonly dtype: DType;
  /**
   * Reads the elements of `raw`, whose length is a multiple of the element's. The result shares no memory with `raw`.
   * Where an element does not fit `dtype`, returns its index and value instead.
   */
  read(raw: Uint8Array): TypedArray | Misfit;
}

export interface Misfit {
  readonly index: number;
  readonly value: string;
}

/** The names that `encodeSafetensors` writes for our own element types. */
export const FILE_DTYPE_OF: Readonly<Record<DType, string>> = { f32: "F32", f64: "F64", i32: "I32", bool: "BOOL" };

/** Every element type of the format and its width in bits: those of its reference implementation 0.8 (2026). */
export const DTYPE_BITS: Readonly<Record<string, number>> = {
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, C64: 64 },
  ...{ F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
  ...{ I64: 64, U64: 64, I32: 32, U32: 32, I16: 16, U16: 16, I8: 8, U8: 8, BOOL: 8 },
};

/** The element types whose values are read, by their names in the file. */
export const FILE_DTYPES: Readonly<Record<string, FileDtype>> = {
  F64: { dtype: "f64", read: (raw) => new Float64Array(copy(raw)) },
  F32: { dtype: "f32", read: (raw) => new Float32Array(copy(raw)) },
  F16: { dtype: "f32", read: (raw) => fromHalf(new Uint16Array(copy(raw))) },
  BF16: { dtype: "f32", read: (raw) => bfloat16(new Uint16Array(copy(raw))) },
  I64: { dtype: "i32", read: (raw) => narrowed(new BigInt64Array(copy(raw))) },
  U64: { dtype: "i32", read: (raw) => narrowed(new BigUint64Array(copy(raw))) },
  I32: { dtype: "i32", read: (raw) => new Int32Array(copy(raw)) },
  U32: { dtype: "i32", read: (raw) => narrowed(new Uint32Array(copy(raw))) },
  I16: { dtype: "i32", read: (raw) => Int32Array.from(new Int16Array(copy(raw))) },
  U16: { dtype: "i32", read: (raw) => Int32Array.from(new Uint16Array(copy(raw))) },
  I8: { dtype: "i32", read: (raw) => Int32Array.from(new Int8Array(copy(raw))) },
  U8: { dtype: "i32", read: (raw) => Int32Array.from(raw) },
  BOOL: { dtype: "bool", read: booleans },
};

export const isMisfit = (result: TypedArray | Misfit): result is Misfit => !ArrayBuffer.isView(result);

/**
 * A buffer of its own, so that the elements are aligned and the file's bytes can be let go. (Not `raw.slice()`: that of
 * Node's Buffer shares memory.)
 */
const copy = (raw: Uint8Array): ArrayBuffer => new Uint8Array(raw).buffer;

/** bfloat16 is the upper half of an f32. */
function bfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return new Float32Array(words.buffer);
}

function narrowed(values: BigInt64Array | BigUint64Array | Uint32Array): Int32Array | Misfit {
  const out = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as bigint | number;
    if (value < -(2 ** 31) || value > 2 ** 31 - 1) return { index, value: String(value) };
    out[index] = Number(value);
  }
  return out;
}

function booleans(raw: Uint8Array): Uint8Array | Misfit {
  const index = raw.findIndex((byte) => byte > 1);
  return index < 0 ? new Uint8Array(raw) : { index, value: String(raw[index]) };
}

/** Element types. `f64` runs on the reference backend, for checks; `i32` holds indices; `bool` is one byte. */
export type DType = "f32" | "f64" | "i32" | "bool";

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export const DTYPES: readonly DType[] = ["f32", "f64", "i32", "bool"];

const BYTES: Readonly<Record<DType, number>> = { f32: 4, f64: 8, i32: 4, bool: 1 };

export const byteSize = (dtype: DType): number => BYTES[dtype];

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

/** A zero-filled buffer for `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(length);
    case "f64":
      return new Float64Array(length);
    case "i32":
      return new Int32Array(length);
    case "bool":
      return new Uint8Array(length);
  }
}

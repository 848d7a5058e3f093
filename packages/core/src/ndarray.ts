import { castElements } from "./convert.js";
import { shapeText } from "./dim.js";
import { allocate, type DType, type TypedArray } from "./dtype.js";
import { ShapeError } from "./errors.js";

/** Host data: row-major elements with a shape. Plain data; nothing is copied when one is made. */
export interface NdArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/**
 * Host data from a typed array (not copied) or from nested or flat numbers.
 * `dtype` defaults to f32 for numbers, bool for booleans, and to a typed array's own type.
 * Throws ShapeError where the number of elements is not the shape's, or rows differ in length.
 *
 * @example ndarray([[1, 2], [3, 4]]).shape  // [2, 2]
 */
export function ndarray(
  values: TypedArray | Nested,
  options: { shape?: readonly number[]; dtype?: DType } = {},
): NdArray {
  if (ArrayBuffer.isView(values)) {
    const data = values as TypedArray;
    const dtype = options.dtype ?? dtypeOfArray(data);
    return checked({
      data: dtypeOfArray(data) === dtype ? data : convert(data, dtype),
      shape: options.shape ?? [data.length],
      dtype,
    });
  }
  const flat: (number | boolean)[] = [];
  const own = nestedShape(values);
  flatten(values, own, 0, flat);
  const shape = options.shape ?? own;
  const dtype = options.dtype ?? (typeof flat[0] === "boolean" ? "bool" : "f32");
  return checked({ data: convert(flat.map(Number), dtype), shape, dtype });
}

/** An array of one value. */
export function full(shape: readonly number[], value: number, dtype: DType = "f32"): NdArray {
  const data = allocate(dtype, sizeOf(shape));
  if (value !== 0) data.fill(value);
  return { data, shape, dtype };
}

export const zerosArray = (shape: readonly number[], dtype: DType = "f32"): NdArray => full(shape, 0, dtype);

export const scalar = (value: number, dtype: DType = "f32"): NdArray => full([], value, dtype);

/** The same elements in another element type, as `cast` has it: what does not fit becomes what is nearest. */
export function castArray(array: NdArray, dtype: DType): NdArray {
  return array.dtype === dtype ? array : { data: castElements(array.data, dtype), shape: array.shape, dtype };
}

/** Nested plain arrays, for tests and printing. */
export function toNested({ data, shape }: NdArray): Nested {
  const build = (axis: number, offset: number, stride: number): Nested => {
    if (axis === shape.length) return data[offset] as number;
    const size = shape[axis] as number;
    const inner = stride / size;
    return Array.from({ length: size }, (_, i) => build(axis + 1, offset + i * inner, inner));
  };
  return build(0, 0, data.length);
}

export type Nested = number | boolean | readonly Nested[];

export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === "object" && value !== null && "data" in value && "dtype" in value && ArrayBuffer.isView(value.data);

function convert(values: ArrayLike<number>, dtype: DType): TypedArray {
  const out = allocate(dtype, values.length);
  if (dtype === "bool") for (let i = 0; i < values.length; i++) out[i] = values[i] !== 0 ? 1 : 0;
  else out.set(values);
  return out;
}

function dtypeOfArray(data: TypedArray): DType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  return data instanceof Int32Array ? "i32" : "bool";
}

function nestedShape(values: Nested): number[] {
  if (typeof values !== "object") return [];
  return [values.length, ...(values.length === 0 ? [] : nestedShape(values[0] as Nested))];
}

function flatten(values: Nested, shape: readonly number[], axis: number, into: (number | boolean)[]): void {
  const size = typeof values === "object" ? values.length : undefined;
  if (size !== shape[axis]) {
    throw new ShapeError(
      `ndarray: rows differ: expected ${shape[axis] ?? "a number"} along axis ${axis}, received ${size ?? "a number"}. All rows must be equally long.`,
      { axis, expected: shape[axis], received: size },
    );
  }
  if (typeof values !== "object") into.push(values);
  else for (const value of values) flatten(value, shape, axis + 1, into);
}

function checked(array: NdArray): NdArray {
  const expected = sizeOf(array.shape);
  if (array.data.length !== expected) {
    throw new ShapeError(
      `ndarray: shape ${shapeText(array.shape)} holds ${expected} elements, received ${array.data.length}.`,
      { shape: array.shape, received: array.data.length },
    );
  }
  return array;
}

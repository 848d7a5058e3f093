import { castElements, firstMisfit, fits } from "./convert.js";
import { describe } from "./describe.js";
import { shapeText } from "./dim.js";
import { allocate, type DType, type TypedArray } from "./dtype.js";
import { ArgumentError, DtypeError, ShapeError } from "./errors.js";
import { optionsOf, requireDType, requireList, requireShape } from "./require.js";

/** Host data: row-major elements with a shape. Plain data; nothing is copied when one is made. */
export interface NdArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type Nested = number | boolean | readonly Nested[];

export function sizeOf(shape: readonly number[]): number {
  requireList("sizeOf: the shape", shape);
  return shape.reduce((product, d) => product * d, 1);
}

/**
 * Host data from a typed array (not copied, unless to another dtype) or from nested or flat numbers.
 * `dtype` defaults to f32 for numbers, bool for booleans, and to a typed array's own type (bool for Uint8Array).
 * Throws ShapeError where the number of elements is not the shape's, or rows differ in length; ArgumentError where
 * something is not a number or boolean; DtypeError where a number does not fit the dtype with no more than rounding:
 * fractions, NaN or large numbers as i32, other numbers than 0 and 1 as bool, finite ones beyond f32's range. To convert
 * whatever they are, castArray.
 *
 * @example ndarray([[1, 2], [3, 4]]).shape  // [2, 2]
 */
export function ndarray(
  values: TypedArray | Nested,
  options: { shape?: readonly number[]; dtype?: DType } = {},
): NdArray {
  optionsOf("ndarray", options, "shape", "dtype");
  if (options.dtype !== undefined) requireDType("ndarray", options.dtype);
  if (ArrayBuffer.isView(values)) {
    const dtype = options.dtype ?? requireOwnDType(values);
    const data = dtypeOfArray(values) === dtype ? values : stored("ndarray", values, dtype);
    return requireArray("ndarray", { data, shape: options.shape ?? [data.length], dtype });
  }
  const flat: (number | boolean)[] = [];
  const own = nestedShape(values);
  flatten(values, own, [], flat);
  const dtype = options.dtype ?? (typeof flat[0] === "boolean" ? "bool" : "f32");
  const data = stored("ndarray", flat.map(Number), dtype);
  return requireArray("ndarray", { data, shape: options.shape ?? own, dtype });
}

/** An array of one value. Throws ShapeError where the shape is none, DtypeError where the value does not fit the dtype. */
export function full(shape: readonly number[], value: number, dtype: DType = "f32"): NdArray {
  requireDType("full", dtype);
  requireShape("full", shape);
  requireFit("full: the value", value, dtype);
  const data = allocate(dtype, sizeOf(shape));
  if (!Object.is(value, 0)) data.fill(value);
  return { data, shape, dtype };
}

export const zerosArray = (shape: readonly number[], dtype: DType = "f32"): NdArray => full(shape, 0, dtype);

export const scalar = (value: number, dtype: DType = "f32"): NdArray => full([], value, dtype);

/** The same elements in another element type, as `cast` has it: what does not fit becomes what is nearest. */
export function castArray(array: NdArray, dtype: DType): NdArray {
  if (!isNdArray(array)) throw noArray("castArray: the array", array);
  requireDType("castArray", dtype);
  return array.dtype === dtype ? array : { data: castElements(array.data, dtype), shape: array.shape, dtype };
}

/** Nested plain arrays, for tests and printing. */
export function toNested(array: NdArray): Nested {
  if (!isNdArray(array)) throw noArray("toNested: the array", array);
  const { data, shape } = array;
  const build = (axis: number, offset: number, stride: number): Nested => {
    if (axis === shape.length) return data[offset] as number;
    const size = shape[axis] as number;
    const inner = stride / size;
    return Array.from({ length: size }, (_, i) => build(axis + 1, offset + i * inner, inner));
  };
  return build(0, 0, data.length);
}

export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === "object" && value !== null && "data" in value && "dtype" in value && ArrayBuffer.isView(value.data);

/**
 * An array that agrees with itself: a shape, as many elements, of its dtype's type. In constant time, but for bool, whose
 * elements must be 0 or 1. Throws ArgumentError, ShapeError or DtypeError that begin with `place`.
 */
export function requireArray(place: string, array: NdArray): NdArray {
  if (!isNdArray(array)) throw noArray(place, array);
  const { data, shape, dtype } = array;
  requireDType(place, dtype);
  requireShape(place, shape);
  if (dtypeOfArray(data) !== dtype) {
    const expected = allocate(dtype, 0).constructor.name;
    throw new DtypeError(`${place}: ${dtype} is held in a ${expected}, received ${describe(data)}.`, { dtype });
  }
  const expected = sizeOf(shape);
  if (data.length !== expected) {
    throw new ShapeError(`${place}: shape ${shapeText(shape)} holds ${expected} elements, received ${data.length}.`, {
      shape,
      received: data.length,
    });
  }
  if (dtype === "bool") requireFits(place, data, dtype);
  return array;
}

const noArray = (place: string, value: unknown): ArgumentError =>
  new ArgumentError(`${place} is ${describe(value)}; expected an array, made with ndarray().`);

/** Throws DtypeError where a number of the host's does not fit a dtype with no more than rounding. */
export function requireFit(place: string, value: number, dtype: DType): void {
  if (typeof value !== "number") throw new ArgumentError(`${place} is ${describe(value)}; expected a number.`);
  if (!fits(value, dtype)) throw misfit(`${place} is`, value, dtype);
}

function requireFits(place: string, values: ArrayLike<number>, dtype: DType): void {
  const at = firstMisfit(values, dtype);
  if (at >= 0) throw misfit(`${place}: element ${at} is`, values[at] as number, dtype);
}

const misfit = (place: string, value: number, dtype: DType): DtypeError =>
  new DtypeError(
    `${place} ${value}, which ${dtype} does not hold: ${RANGES[dtype]}. Use castArray() or cast() to convert.`,
    {
      value,
      dtype,
    },
  );

const RANGES: Readonly<Record<DType, string>> = {
  f32: "finite numbers are within ±3.4e38",
  f64: "",
  i32: "whole numbers from -2147483648 to 2147483647",
  bool: "0 and 1",
};

/** Numbers in a typed array of the dtype's, where all of them fit. */
function stored(place: string, values: ArrayLike<number>, dtype: DType): TypedArray {
  requireFits(place, values, dtype);
  const data = allocate(dtype, values.length);
  data.set(values);
  return data;
}

const DTYPE_OF: Readonly<Record<string, DType>> = {
  Float32Array: "f32",
  Float64Array: "f64",
  Int32Array: "i32",
  Uint8Array: "bool",
};

/** By its tag, which holds across realms. */
const dtypeOfArray = (data: TypedArray): DType | undefined => DTYPE_OF[data[Symbol.toStringTag]];

function requireOwnDType(data: TypedArray): DType {
  const dtype = dtypeOfArray(data);
  if (dtype) return dtype;
  throw new DtypeError(
    `ndarray: a ${(data as object).constructor.name} has no dtype of its own. Give one: { dtype: "i32" }, { dtype: "f32" }.`,
  );
}

function nestedShape(values: Nested): number[] {
  const shape: number[] = [];
  for (let level: Nested = values; isRow(level); level = level[0] as Nested) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

const isRow = (value: unknown): value is readonly Nested[] =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** `at` is where the value stands; it is the caller's again when this returns. */
function flatten(value: Nested, shape: readonly number[], at: number[], into: (number | boolean)[]): void {
  const expected = shape[at.length];
  if (isRow(value)) {
    if (value.length !== expected) throw ragged(at.length, expected, value.length);
    for (let i = 0; i < value.length; i++) {
      at.push(i);
      flatten(value[i] as Nested, shape, at, into);
      at.pop();
    }
  } else if (typeof value !== "number" && typeof value !== "boolean") {
    const place = at.length === 0 ? "the value" : `element [${at.join(", ")}]`;
    throw new ArgumentError(`ndarray: ${place} is ${describe(value)}; expected numbers or booleans.`, { at: [...at] });
  } else if (expected !== undefined) {
    throw ragged(at.length, expected, undefined);
  } else {
    into.push(value);
  }
}

const ragged = (axis: number, expected: number | undefined, received: number | undefined): ShapeError =>
  new ShapeError(
    `ndarray: rows differ: expected ${expected ?? "a number"} along axis ${axis}, received ${received ?? "a number"}. All rows must be equally long.`,
    { axis, expected, received },
  );

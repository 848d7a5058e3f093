import {
  allocate,
  castArray,
  evaluateDim,
  fullArray,
  type Key,
  type NdArray,
  ndarray,
  randomBits,
  type Sizes,
  sizeOf,
  uniform,
} from "@throughtime/core";
import type { Domain, InputSpec } from "./scope.js";

const FEW: readonly number[] = [0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2];
const INFINITE: readonly number[] = [...FEW, NaN, Infinity, -Infinity];
/** Zeros of both signs, the smallest, the smallest normal, the largest below 1, around the ends of integers, the largest. */
const ANY: readonly number[] = [
  ...INFINITE,
  ...[
    0,
    -0,
    1,
    NaN,
    2 ** -149,
    -(2 ** -140),
    2 ** -126,
    1 - 2 ** -24,
    -0.99,
    88,
    -88,
    2 ** 24 + 2,
    2 ** 31,
    -(2 ** 31),
  ],
  ...[2 ** 31 - 128, -(2 ** 31) - 256, 1e10, 2 ** 127 * (2 - 2 ** -23), -(2 ** 127) * (2 - 2 ** -23)],
];
const FLOATS: Readonly<Record<Domain, readonly number[]>> = { few: FEW, infinite: INFINITE, any: ANY };
const INTEGERS: readonly number[] = [0, 1, -1, 2, 3, 4, 7, -5, 1000, 2 ** 31 - 1, -(2 ** 31), 65536];

/** An input's data at some sizes: what its spec says, by a key. */
export function dataFor({ shape, dtype, bound, domain }: InputSpec, sizes: Sizes, k: Key): NdArray {
  const numbers = shape.map((d) => evaluateDim(d, sizes));
  if (domain && dtype === "f32") return oneOfEach(FLOATS[domain], numbers, dtype, k);
  if (domain && dtype === "i32") return oneOfEach(INTEGERS, numbers, dtype, k);
  if (dtype === "f32") return uniform(k, numbers, -bound, bound);
  const { data, shape: at } = fullArray(numbers, 0, "i32");
  randomBits(k, data.length).forEach((bits, i) => {
    data[i] = bits % bound;
  });
  return castArray(ndarray(data, { shape: at, dtype: "i32" }), dtype);
}

function oneOfEach(values: readonly number[], shape: readonly number[], dtype: "f32" | "i32", k: Key): NdArray {
  const bits = randomBits(k, sizeOf(shape));
  const data = allocate(dtype, bits.length);
  bits.forEach((word, i) => {
    data[i] = values[word % values.length] as number;
  });
  return { data, shape, dtype };
}

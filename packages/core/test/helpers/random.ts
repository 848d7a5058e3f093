import { allocate, type DType, type NdArray, sizeOf } from "../../src/index.js";

/** Mulberry32, seeded by a text: the same numbers in every run. */
export function seeded(text: string): () => number {
  let state = [...text].reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) | 0, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A shape, a dtype, and how to draw an element from a uniform number. */
export interface Drawn {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly draw: (u: number) => number;
}

export const floats = (...shape: number[]): Drawn => between(-2, 2, ...shape);
export const positive = (...shape: number[]): Drawn => between(0.3, 2.5, ...shape);
export const between = (low: number, high: number, ...shape: number[]): Drawn => ({
  shape,
  dtype: "f64",
  draw: (u) => low + u * (high - low),
});
/** Integers in [low, high). */
export const ints = (low: number, high: number, ...shape: number[]): Drawn => ({
  shape,
  dtype: "i32",
  draw: (u) => Math.floor(low + u * (high - low)),
});
export const bools = (...shape: number[]): Drawn => ({ shape, dtype: "bool", draw: (u) => (u < 0.5 ? 0 : 1) });

export function drawArray({ shape, dtype, draw }: Drawn, random: () => number): NdArray {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = draw(random());
  return { data, shape, dtype };
}

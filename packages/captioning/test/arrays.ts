import {
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  trace,
} from "@throughtime/core";
import type { CaptionBatch } from "../src/index.js";
import { type AnyModel, D, L, POOLED } from "./models.js";

export const i32 = (values: readonly number[] | readonly (readonly number[])[]): NdArray =>
  ndarray(values, { dtype: "i32" });

/** Captions with their ends; the begin symbol is 1, the end 2, padding 0. */
export const CAPTIONS: readonly (readonly number[])[] = [[4, 9, 2], [5, 7, 2], [2]];
const GRID = normal(key(5), [3, L, D]);
const VECTORS = normal(key(6), [3, POOLED]);

const rowsOf = (captions: readonly (readonly number[])[], T: number) =>
  Array.from({ length: T }, (_, t) => captions.map((words) => words[t] ?? 0));
const batchOf = (captions: readonly (readonly number[])[]) => {
  const T = Math.max(...captions.map(({ length }) => length));
  return {
    input: i32(
      rowsOf(
        captions.map((words) => [1, ...words.slice(0, -1)]),
        T,
      ),
    ),
    output: i32(rowsOf(captions, T)),
    lengths: i32(captions.map(({ length }) => length)),
  };
};
export const BATCH: CaptionBatch<NdArray> = { images: { grid: GRID, pooled: VECTORS }, ...batchOf(CAPTIONS) };

const row = ({ data, shape: [, ...rest], dtype }: NdArray, b: number): NdArray => {
  const size = rest.reduce((a, n) => a * n, 1);
  return { data: data.slice(b * size, (b + 1) * size), shape: [1, ...rest], dtype };
};
export const imagesOf = (b: number) => ({ grid: row(GRID, b), pooled: row(VECTORS, b) });
/** One caption of the batch, alone. */
export const one = (b: number): CaptionBatch<NdArray> => ({
  images: imagesOf(b),
  ...batchOf([CAPTIONS[b] as readonly number[]]),
});

/** Evaluates a traced function: the leaves of its result. */
export const run = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): NdArray[] => {
  const { program } = trace(fn as (...all: unknown[]) => unknown, args);
  return evaluateProgram(program, flattenTree(args, isNdArray).leaves);
};

/** Numbers in place of a model's first values, so that no bias is 0. */
export const randomized = (model: AnyModel, scale = 0.5): never => {
  let salt = 0;
  return mapTree(model.init(key(1)), isNdArray, ({ shape }: NdArray) =>
    normal(foldIn(key(3), salt++), shape, 0, scale),
  ) as never;
};

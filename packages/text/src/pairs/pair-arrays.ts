import type { NdArray } from "@throughtime/core";
import { requireList } from "@throughtime/core";
import { requireIds } from "../ids.js";

/** Ids of a sentence and of its translation, without begin and end. */
export interface IdPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** Pairs side by side, time first: what @throughtime/seq2seq trains on. i32 all. */
export type PairArrays = {
  /** [S, B] */
  readonly source: NdArray;
  /** [B] */
  readonly sourceLengths: NdArray;
  /** Begin and the target's words: [T, B]. */
  readonly input: NdArray;
  /** The target's words and the end: [T, B]. */
  readonly output: NdArray;
  /** Of output: [B]. */
  readonly lengths: NdArray;
};

/** The ids that a batch needs beside the words. */
export interface SpecialIds {
  readonly pad: number;
  readonly begin: number;
  readonly end: number;
}

/** Pairs as one batch. `padSource` defaults to the target's padding. Throws ArgumentError or DataError for what is no list of ids. */
export function pairArrays(pairs: readonly IdPair[], target: SpecialIds, padSource = target.pad): PairArrays {
  requireList("pairArrays: pairs", pairs);
  pairs.forEach((pair, i) => {
    requireIds(`pairArrays: the source of pair ${i}`, pair?.source);
    requireIds(`pairArrays: the target of pair ${i}`, pair?.target);
  });
  const lengths = pairs.map((pair) => pair.target.length + 1);
  return {
    source: grid(
      pairs.map((pair) => pair.source),
      padSource,
    ),
    sourceLengths: vector(pairs.map((pair) => pair.source.length)),
    input: grid(
      pairs.map((pair) => [target.begin, ...pair.target]),
      target.pad,
    ),
    output: grid(
      pairs.map((pair) => [...pair.target, target.end]),
      target.pad,
    ),
    lengths: vector(lengths),
  };
}

const vector = (values: readonly number[]): NdArray => ({
  data: Int32Array.from(values),
  shape: [values.length],
  dtype: "i32",
});

function grid(rows: readonly ArrayLike<number>[], pad: number): NdArray {
  const T = rows.reduce((longest, { length }) => Math.max(longest, length), 0);
  const B = rows.length;
  const data = new Int32Array(T * B).fill(pad);
  rows.forEach((row, b) => {
    for (let t = 0; t < row.length; t++) data[t * B + b] = row[t] as number;
  });
  return { data, shape: [T, B], dtype: "i32" };
}

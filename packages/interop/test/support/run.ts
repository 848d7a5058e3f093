import { type AnyUnrollable, unroll } from "@throughtime/cells";
import {
  constant,
  evaluateProgram,
  isNdArray,
  type Key,
  mapTree,
  type NdArray,
  type Tensor,
  type Tree,
  trace,
  unflattenTree,
} from "@throughtime/core";
import type { ReadableCell } from "../../src/index.js";

/** A cell of which only that can be said which readers and `unroll` need. */
export type AnyReadable = AnyUnrollable & ReadableCell<Tree<NdArray>> & { init(key: Key): Tree<NdArray> };

/** What a cell computes with these parameters. xs: [T, B, D]. */
export function outputsOf(cell: AnyReadable, params: unknown, xs: NdArray): { outputs: NdArray; state: Tree<NdArray> } {
  const held = mapTree(params, isNdArray, constant) as Tree<Tensor>;
  const { program, outputStructure } = trace((x: Tensor) => unroll(cell, held, x), [xs]);
  return unflattenTree(outputStructure, evaluateProgram(program, [xs])) as never;
}

import {
  constant,
  flattenTree,
  isNdArray,
  isTensor,
  mapTree,
  type NdArray,
  type Program,
  type Tensor,
  type Type,
  trace,
  type,
} from "@throughtime/core";
import type { CharModel, CharModelParams, CharModelState } from "@throughtime/language-model";

/** A Program with the names of its inputs and outputs, as an exported model shows them. */
export interface NamedProgram {
  readonly program: Program;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/**
 * What is exported of a model: `sequence` reads tokens i32 [T, B] and gives logits [T, B, V]; `step` reads one token of
 * each sequence, i32 [B], and gives logits [B, V]. Both take the state before and give the state after, leaf by leaf
 * (`state_0_h` → `next_0_h`). The parameters are in them.
 */
export function exportedPrograms(model: CharModel, params: unknown): { sequence: NamedProgram; step: NamedProgram } {
  const held = mapTree(params, isNdArray, (array: NdArray) => constant(array)) as CharModelParams;
  const state = mapTree(model.initialState(1), isNdArray, ({ dtype, shape }) => type(["B", ...shape.slice(1)], dtype));
  const { paths } = flattenTree<Type>(state, isStateLeaf);
  const names = (prefix: string) => paths.map((path) => `${prefix}_${path.replaceAll(".", "_")}`);
  const named = (tokens: Type, run: (x: Tensor, s: CharModelState) => { logits: Tensor; state: CharModelState }) => ({
    program: trace(
      (x: Tensor, s: CharModelState) => {
        const result = run(x, s);
        return { logits: result.logits, state: flattenTree(result.state, isTensor).leaves };
      },
      [tokens, state],
    ).program,
    inputNames: ["tokens", ...names("state")],
    outputNames: ["logits", ...names("next")],
  });
  return {
    sequence: named(type(["T", "B"], "i32"), (x, s) => model.logits(held, x, s)),
    step: named(type(["B"], "i32"), (x, s) => model.step(held, x, s)),
  };
}

const isStateLeaf = (value: unknown): value is Type =>
  typeof value === "object" && value !== null && "dtype" in value && "shape" in value;

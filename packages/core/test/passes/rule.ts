import { difference, evaluateInF64 } from "@throughtime/testkit";
import { expect } from "vitest";
import {
  bind,
  castArray,
  foldIn,
  key,
  type NdArray,
  ndarray,
  normal,
  type Program,
  print,
  type ScanParams,
  type Sizes,
  scanOp,
  type Tensor,
  type Type,
  trace,
  verify,
} from "../../src/index.js";
import { CARRIED, INVARIANT, PER_STEP, type Rank, type Ranks, ranksOf } from "../../src/passes/analysis.js";

const SIZES: Sizes = { T: 4, B: 3, S: 2 };

type Tensors<N extends string> = Record<N, Tensor>;
type Types<N extends string> = Record<N, Type>;

/** A function of named inputs as a Program, with the inputs' names. */
export function programOf<N extends string>(types: Types<N>, fn: (inputs: Tensors<N>) => unknown): Program {
  const { program } = trace((inputs: Tensors<N>) => fn(inputs), [types]);
  return { ...program, inputNames: Object.keys(types) };
}

/** A pass's result for a function, held to compute the same. */
export function rewrite<N extends string>(
  pass: (program: Program) => Program,
  types: Types<N>,
  fn: (inputs: Tensors<N>) => unknown,
): Program {
  const before = programOf(types, fn);
  const after = pass(before);
  expectSame(before, after);
  return after;
}

/** Inputs of a scan's body: what is the same at every step, what is read at each, and what is carried. */
export const still = (type: Type): Ranked => ({ ...type, rank: INVARIANT });
export const perStep = (type: Type): Ranked => ({ ...type, rank: PER_STEP });
export const carried = (type: Type): Ranked => ({ ...type, rank: CARRIED });

export interface Ranked extends Type {
  readonly rank: Rank;
}

/** The same for a rule that needs to know what its inputs depend on. */
export function rewriteRanked<N extends string>(
  rule: (program: Program, ranks: Ranks) => Program,
  types: Record<N, Ranked>,
  fn: (inputs: Tensors<N>) => unknown,
): Program {
  const ranks = Object.values<Ranked>(types).map(({ rank }) => rank);
  return rewrite((program) => rule(program, ranksOf(program, ranks)), types, fn);
}

/** The equations of a Program as text: `add(x, y)`, with letters for what they make. Parameters that are off are left out. */
export function linesOf(program: Program): string[] {
  const text = print(program).split("\n").slice(1, -1);
  return text.map((line) =>
    line
      .trim()
      .replace(/^(\w+): [^=]* = /, "$1 = ")
      .replace(/, transpose[AB]=false/g, "")
      .replace(/, keepDims=false/g, ""),
  );
}

/** The only scan's body. */
export function bodyOf(program: Program): Program {
  const scans = scansOf(program);
  expect(scans.length).toBe(1);
  return (scans[0] as ScanParams).body;
}

export const scansOf = (program: Program): ScanParams[] =>
  program.equations.filter(({ op }) => (op as unknown) === scanOp).map(({ params }) => params as ScanParams);

/** Both Programs' values in f64 on random inputs, at sizes that their inputs have names for. */
export function expectSame(before: Program, after: Program, sizes: readonly Sizes[] = [SIZES, { T: 1, B: 1, S: 1 }]) {
  verify(after);
  for (const at of sizes) {
    const inputs = bind(before, at).inputs.map(dataFor);
    const expected = evaluateInF64(bind(before, at), inputs);
    const actual = evaluateInF64(bind(after, at), inputs);
    expected.forEach((value, i) => {
      expect(difference(actual[i] as NdArray, value, { absolute: 1e-7, relative: 1e-7 })).toBeUndefined();
    });
  }
}

/** Normal numbers; indices below 2, so that any table of two rows or more has them. */
function dataFor({ shape, dtype }: Type, i: number): NdArray {
  const values = normal(foldIn(key(11), i), shape as readonly number[]);
  if (dtype === "f32") return values;
  const bits = ndarray(
    Int32Array.from(values.data, (value) => (value > 0 ? 1 : 0)),
    { shape: values.shape },
  );
  return castArray(bits, dtype);
}

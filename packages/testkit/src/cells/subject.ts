import { type AnyUnrollable, drawNoise, initialStateArrays, unroll } from "@throughtime/cells";
import {
  flattenTree,
  foldIn,
  isNdArray,
  isTensor,
  key,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  type Tensor,
  type Tree,
  trace,
  type as typeOf,
  unflattenTree,
  valueAndGrad,
} from "@throughtime/core";
import { difference, evaluateInF64, type Tolerance } from "../compare.js";
import { fail } from "../conformance/case.js";
import { weightedSum } from "../conformance/gradients.js";

/** D and H of the cells that are tested. */
export const CELL_SIZES = { inputSize: 3, hiddenSize: 4 } as const;

/** Steps, sequences, and how long each of them is. */
export interface Batch {
  readonly T: number;
  readonly B: number;
  readonly lengths: readonly number[];
}

/** One sequence fills all steps, one ends before, one has none. */
export const BATCH: Batch = { T: 5, B: 3, lengths: [5, 2, 0] };

/** The four ways to run over a sequence. */
export interface Way {
  readonly name: "forward" | "reverse" | "lengths" | "reverseLengths";
  readonly reverse: boolean;
  readonly lengths: boolean;
}
export const WAYS: readonly Way[] = [
  { name: "forward", reverse: false, lengths: false },
  { name: "reverse", reverse: true, lengths: false },
  { name: "lengths", reverse: false, lengths: true },
  { name: "reverseLengths", reverse: true, lengths: true },
];

/** What a run over sequences reads and has a gradient by: L is Tensor in a traced function and NdArray outside. */
export type Inputs<L> = { params: Tree<L>; xs: L; state: Tree<L> };
/** What else it reads. Without noise a step is that of inference. */
export type Rest<L> = { lengths?: L; noise?: Tree<L> };

/** What it gives. */
export type Unrolled<L> = { outputs: L; state: Tree<L> };

/** Inputs of a cell with random numbers everywhere, so that nothing is at a special point such as 0. */
export function inputsOf(cell: AnyUnrollable, { T, B }: Batch = BATCH): Inputs<NdArray> {
  return {
    params: randomized(cell.init(key(1)), 1, 0.3),
    xs: normal(foldIn(key(5), 2), [T, B, cell.inputSize]),
    state: randomized(initialStateArrays(cell, B) as Tree<NdArray>, 3, 0.5),
  };
}

/** The lengths of a batch, where the way has them. */
export const lengthsOf = ({ lengths: has }: Pick<Way, "lengths">, { lengths }: Batch = BATCH): Rest<NdArray> =>
  has ? { lengths: ndarray(lengths, { dtype: "i32" }) } : {};

/** What a cell's noise draws, where it has any. */
export function noiseOf(cell: AnyUnrollable, batch: Batch = BATCH): Rest<NdArray> {
  const noise = drawNoise(cell, key(4), batch) as Tree<NdArray> | undefined;
  return noise === undefined ? {} : { noise };
}

/** A tree with normal numbers added. */
export function randomized(tree: Tree<NdArray>, salt: number, std: number): Tree<NdArray> {
  let next = 1000 * salt;
  return mapTree(tree, isNdArray, (array) => {
    const extra = normal(foldIn(key(5), next++), array.shape, 0, std);
    return { ...array, data: Float32Array.from(array.data, (x, k) => x + (extra.data[k] as number)) };
  }) as Tree<NdArray>;
}

/** A run as a function to trace. */
export const runOf =
  (cell: AnyUnrollable, { reverse }: Pick<Way, "reverse">) =>
  ({ params, xs, state }: Inputs<Tensor>, { noise, ...lengths }: Rest<Tensor>): Unrolled<Tensor> =>
    unroll(cell, params, xs, { state, reverse, noise: noise ?? "none", ...lengths });

/** The same with a loss in which every number has a weight of its own, and its gradient by the inputs. */
export const gradientOf =
  (cell: AnyUnrollable, way: Pick<Way, "reverse">) =>
  (inputs: Inputs<Tensor>, rest: Rest<Tensor>): [Unrolled<Tensor> & { loss: Tensor }, Inputs<Tensor>] =>
    valueAndGrad((x: Inputs<Tensor>) => {
      const unrolled = runOf(cell, way)(x, rest);
      return { loss: weightedSum(flattenTree(unrolled, isTensor).leaves), ...unrolled };
    }, inputs);

/** What a traced function gives for host data, in f64. What was computed in f64 may come in again. */
export function evaluate(fn: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown {
  const types = mapTree(args, isNdArray, ({ shape, dtype }) => typeOf(shape, dtype === "f64" ? "f32" : dtype));
  const { program, outputStructure } = trace(fn as (...args: unknown[]) => unknown, types as readonly unknown[]);
  return unflattenTree(outputStructure, evaluateInF64(program, flattenTree(args, isNdArray).leaves));
}

/** A run on host data, in f64. */
export const unrolled = (
  cell: AnyUnrollable,
  way: Pick<Way, "reverse">,
  inputs: Inputs<NdArray>,
  rest: Rest<NdArray> = {},
): Unrolled<NdArray> => evaluate(runOf(cell, way), inputs, rest) as Unrolled<NdArray>;

/** Both in f64, in another order of the same sums. */
const ROUNDING: Tolerance = { absolute: 1e-11, relative: 1e-11 };

/** Fails unless two trees have the same leaves, up to a tolerance. */
export function same(what: string, actual: unknown, expected: unknown, tolerance: Tolerance = ROUNDING): void {
  const [a, e] = [flattenTree<NdArray>(actual, isNdArray), flattenTree<NdArray>(expected, isNdArray)];
  if (a.paths.join() !== e.paths.join()) fail(`${what} has {${a.paths.join(", ")}}, expected {${e.paths.join(", ")}}`);
  e.leaves.forEach((leaf, i) => {
    const wrong = difference(a.leaves[i] as NdArray, leaf, tolerance);
    if (wrong) fail(`${what}${e.paths[i] === "" ? "" : `, ${e.paths[i]}`}: ${wrong}`);
  });
}

/** Whether two trees differ by more than a little. */
export function differ(a: unknown, b: unknown): boolean {
  try {
    same("", a, b, { absolute: 1e-6 });
    return false;
  } catch {
    return true;
  }
}

/** Fails where a number is NaN or infinite. */
export function finite(what: string, tree: unknown): void {
  const { leaves, paths } = flattenTree<NdArray>(tree, isNdArray);
  leaves.forEach(({ data }, i) => {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) fail(`${what}, ${paths[i]}: element ${at} is ${data[at]}`);
  });
}

import { isPromise } from "./describe.js";
import { ArgumentError } from "./errors.js";
import { isTensorLike, type TensorLike, tensorAt } from "./op.js";
import { makeProgram, type Program, placeholders } from "./program.js";
import { requireFunction, requireList } from "./require.js";
import type { Type } from "./tensor.js";
import { flattenTree, placeIn, type Structure, unflattenTree } from "./tree.js";
import { requireTypes } from "./types.js";

/** A Program with the trees that its inputs and outputs were flattened from. */
export interface Traced {
  readonly program: Program;
  readonly inputStructure: Structure;
  readonly outputStructure: Structure;
}

export const isType = (value: unknown): value is Type =>
  typeof value === "object" && value !== null && "dtype" in value && Array.isArray((value as Type).shape);

/**
 * Runs `fn` once on symbolic tensors and records what it does. `args` are trees of types (or of anything that has a
 * shape and a dtype); results are trees of tensors, numbers or host data. What `fn` takes from elsewhere than its arguments,
 * such as Math.random() or Date.now(), is a constant of the Program from then on. The Program's inputs and outputs are named
 * by their paths: `0.W` is key W of the first argument. Throws ArgumentError where `args` or the result hold anything else.
 *
 * @example trace((x, w) => matmul(x, w), [type(["B", 3]), type([3, 4])])
 */
export function trace<A extends readonly unknown[]>(fn: (...args: A) => unknown, args: readonly unknown[]): Traced {
  requireFunction("trace: the function", fn);
  requireList("trace: the arguments' types", args);
  const flat = flattenTree<Type>(args, isType, "trace: argument ", "types, made with type()");
  requireTypes("trace", flat.leaves);
  const inputs = placeholders(flat.leaves);
  const result = fn(...(unflattenTree(flat.structure, inputs) as unknown as A));
  const returned = "trace: the result";
  if (isPromise(result)) {
    throw new ArgumentError(
      "trace: the function is async. It is run once, on symbols: there is nothing to wait for in it.",
    );
  }
  const out = flattenTree<TensorLike>(result, isTensorLike, returned, "tensors");
  const outputs = out.leaves.map((leaf, i) => tensorAt(placeIn(returned, out.paths[i] as string), leaf));
  const program = makeProgram(inputs, outputs, { inputNames: flat.paths, outputNames: out.paths });
  return { program, inputStructure: flat.structure, outputStructure: out.structure };
}

import { isNdArray, type NdArray } from "./ndarray.js";
import { toTensor } from "./op.js";
import { makeProgram, type Program, placeholders } from "./program.js";
import { isTensor, type Tensor, type Type } from "./tensor.js";
import { flattenTree, type Structure, unflattenTree } from "./tree.js";

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
 * shape and a dtype); results are trees of tensors, numbers or host data. The Program's inputs and outputs are named
 * by their paths: `0.W` is key W of the first argument.
 *
 * @example trace((x, w) => matmul(x, w), [type(["B", 3]), type([3, 4])])
 */
export function trace<A extends readonly unknown[]>(fn: (...args: A) => unknown, args: readonly unknown[]): Traced {
  const flat = flattenTree<Type>(args, isType);
  const inputs = placeholders(flat.leaves);
  const result = fn(...(unflattenTree(flat.structure, inputs) as unknown as A));
  const out = flattenTree<Tensor | number | NdArray>(result, isValue);
  const program = makeProgram(inputs, out.leaves.map(toTensor), { inputNames: flat.paths, outputNames: out.paths });
  return { program, inputStructure: flat.structure, outputStructure: out.structure };
}

const isValue = (value: unknown): value is Tensor | number | NdArray =>
  isTensor(value) || typeof value === "number" || isNdArray(value);

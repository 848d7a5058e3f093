import {
  evaluateProgram,
  flattenTree,
  isNdArray,
  type NdArray,
  type Tensor,
  trace,
  unflattenTree,
} from "@throughtime/core";

/** A function's result with arrays for its tensors. */
export type Host<T> = T extends Tensor ? NdArray : { [K in keyof T]: T[K] extends Tensor ? NdArray : unknown };

/** Traces a function over arrays, and evaluates it on them. */
export function evaluate<R>(fn: (...args: never[]) => R, ...args: readonly unknown[]): Host<R> {
  const { program, outputStructure } = trace(fn as (...args: unknown[]) => R, args);
  return unflattenTree(outputStructure, evaluateProgram(program, flattenTree(args, isNdArray).leaves)) as Host<R>;
}

import {
  castArray,
  evaluateProgram,
  flattenTree,
  isNdArray,
  type NdArray,
  type Program,
  type Tensor,
  toF64,
  trace,
  unflattenTree,
} from "@throughtime/core";

/** A function's result with arrays for its tensors. */
export type Host<T> = T extends Tensor ? NdArray : { [K in keyof T]: T[K] extends Tensor ? NdArray : unknown };
/** A function of tensors that is given arrays. */
export type TensorFunction<R> = (...args: never[]) => R;

interface Prepared<R> {
  readonly program: Program;
  run(...args: readonly unknown[]): Host<R>;
}

/** Traces a function over arrays of the example's shapes. In f64, everything that is f32 is f64. */
export function prepare<R>(
  fn: TensorFunction<R>,
  example: readonly unknown[],
  precision: "f32" | "f64" = "f32",
): Prepared<R> {
  const traced = trace(fn as (...args: unknown[]) => R, example);
  const program = precision === "f64" ? toF64(traced.program) : traced.program;
  const widened = (array: NdArray) => (precision === "f64" && array.dtype === "f32" ? castArray(array, "f64") : array);
  return {
    program,
    run(...args) {
      const inputs = flattenTree(args, isNdArray).leaves.map(widened);
      return unflattenTree(traced.outputStructure, evaluateProgram(program, inputs)) as Host<R>;
    },
  };
}

/** Traces a function over arrays, and evaluates it on them. */
export const evaluate = <R>(fn: TensorFunction<R>, ...args: readonly unknown[]): Host<R> =>
  prepare(fn, args).run(...args);

import {
  bind,
  evaluateProgram,
  makeProgram,
  type NdArray,
  placeholders,
  type Sizes,
  type Tensor,
  type Type,
  verify,
} from "../../src/index.js";

/** Traces `fn` on placeholders of the arrays' types and evaluates it on them, after holding the Program to its rules. */
export function run(fn: (...xs: Tensor[]) => Tensor, ...arrays: readonly NdArray[]): NdArray {
  return runAll((...xs) => [fn(...xs)], ...arrays)[0] as NdArray;
}

export function runAll(fn: (...xs: Tensor[]) => Tensor[], ...arrays: readonly NdArray[]): NdArray[] {
  const inputs = placeholders(arrays);
  const program = makeProgram(inputs, fn(...inputs));
  verify(program);
  return evaluateProgram(program, arrays);
}

/** The same where the types have named sizes, which are bound before it runs. */
export function runBound(
  fn: (...xs: Tensor[]) => Tensor,
  types: readonly Type[],
  sizes: Sizes,
  ...arrays: readonly NdArray[]
): NdArray {
  const inputs = placeholders(types);
  const program = makeProgram(inputs, [fn(...inputs)]);
  verify(program);
  return evaluateProgram(bind(program, sizes), arrays)[0] as NdArray;
}

/** Element by element, absolutely or relatively within `tolerance`; NaN and infinities must stand in the same places. */
export function largestError(actual: NdArray, expected: NdArray): number {
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i] as number, expected.data[i] as number];
    const error = Object.is(a, e) || a === e ? 0 : Math.abs(a - e) / Math.max(1, Math.abs(e));
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}

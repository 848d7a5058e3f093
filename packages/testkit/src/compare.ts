import { castArray, evaluateProgram, type NdArray, type Program, shapeText, toF64 } from "@throughtime/core";

/** How far two arrays may be apart: |actual − expected| ≤ absolute + relative·|expected| + ofLargest·max |expected|. */
export interface Tolerance {
  readonly absolute?: number;
  /** Of the expected element: for what is computed element by element. */
  readonly relative?: number;
  /** Of the largest finite magnitude in the array: for sums, whose rounding is relative to what was added up. */
  readonly ofLargest?: number;
}

/**
 * Why two arrays are not the same up to a tolerance, or undefined where they are. NaN equals NaN, and an infinity only
 * itself.
 */
export function difference(
  actual: NdArray,
  expected: NdArray,
  { absolute = 0, relative = 0, ofLargest = 0 }: Tolerance,
): string | undefined {
  if (shapeText(actual.shape) !== shapeText(expected.shape)) {
    return `shape ${shapeText(actual.shape)}, expected ${shapeText(expected.shape)}`;
  }
  let largest = 0;
  for (const value of expected.data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i] as number, expected.data[i] as number];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const allowed = absolute + relative * Math.abs(e) + ofLargest * largest;
    if (Math.abs(a - e) <= allowed && Number.isFinite(e)) continue;
    return `element ${i} is ${a}, expected ${e} (off by ${Math.abs(a - e)}, allowed ${allowed})`;
  }
  return undefined;
}

/** Floats as f64; integers and booleans as they are. */
export const widen = (array: NdArray): NdArray => (array.dtype === "f32" ? castArray(array, "f64") : array);

/** A bound Program's outputs on f32 inputs, computed in f64: what every backend is held against. */
export const evaluateInF64 = (program: Program, inputs: readonly NdArray[]): NdArray[] =>
  evaluateProgram(toF64(program), inputs.map(widen));

import { castArray, evaluateProgram, type NdArray, type Program, shapeText, toF64 } from "@throughtime/core";

/** How far two arrays may be apart: |actual − expected| ≤ absolute + relative · scale. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

/**
 * Why two arrays are not the same up to a tolerance, or undefined where they are. `scale` is the largest finite
 * magnitude among the expected values, since rounding in a sum is relative to what was added up. NaN equals NaN, and an
 * infinity only itself.
 */
export function difference(
  actual: NdArray,
  expected: NdArray,
  { absolute = 0, relative = 0 }: Tolerance,
): string | undefined {
  if (shapeText(actual.shape) !== shapeText(expected.shape)) {
    return `shape ${shapeText(actual.shape)}, expected ${shapeText(expected.shape)}`;
  }
  let scale = 0;
  for (const value of expected.data) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  const allowed = absolute + relative * scale;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i] as number, expected.data[i] as number];
    if (Object.is(a, e) || a === e || Math.abs(a - e) <= allowed) continue;
    return `element ${i} is ${a}, expected ${e} (off by ${Math.abs(a - e)}, allowed ${allowed})`;
  }
  return undefined;
}

/** Floats as f64; integers and booleans as they are. */
export const widen = (array: NdArray): NdArray => (array.dtype === "f32" ? castArray(array, "f64") : array);

/** A bound Program's outputs on f32 inputs, computed in f64: what every backend is held against. */
export const evaluateInF64 = (program: Program, inputs: readonly NdArray[]): NdArray[] =>
  evaluateProgram(toF64(program), inputs.map(widen));

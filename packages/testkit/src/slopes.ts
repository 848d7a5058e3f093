import { evaluateProgram, isFloat, type NdArray, ndarray, type Program, withOutputs } from "@throughtime/core";

/** A float input's slope along a direction: by its gradient, and by central differences. */
export interface Slope {
  readonly input: number;
  readonly analytic: number;
  readonly numeric: number;
  /** How far the two are apart, relative to 1 or to the slope, whichever is larger. */
  readonly error: number;
}

/**
 * Holds gradients to central differences, (L(x + h·d) − L(x − h·d)) / 2h, along one direction d per float input.
 * `program`, bound and in f64, has the outputs [loss L, its gradient with respect to each float input …].
 */
export function slopes(program: Program, inputs: readonly NdArray[], h = 1e-5): Slope[] {
  const loss = withOutputs(program, program.outputs.slice(0, 1));
  const lossAt = (values: readonly NdArray[]) => evaluateProgram(loss, values)[0]?.data[0] as number;
  const gradients = evaluateProgram(program, inputs).slice(1);
  let next = 0;
  return inputs.flatMap((input, i) => {
    if (!isFloat(input.dtype)) return [];
    const gradient = gradients[next++] as NdArray;
    const direction = Float64Array.from(input.data, (_, j) => Math.sin(1.7 * j + i + 0.3));
    const at = (by: number) => {
      const data = Float64Array.from(input.data, (x, j) => x + by * (direction[j] as number));
      return lossAt(inputs.map((other, k) => (k === i ? ndarray(data, { shape: input.shape }) : other)));
    };
    const numeric = (at(h) - at(-h)) / (2 * h);
    const analytic = direction.reduce((sum, d, j) => sum + d * (gradient.data[j] as number), 0);
    return [{ input: i, numeric, analytic, error: Math.abs(numeric - analytic) / Math.max(1, Math.abs(analytic)) }];
  });
}

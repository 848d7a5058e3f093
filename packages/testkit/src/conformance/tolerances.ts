import type { DType } from "@throughtime/core";
import type { Tolerance } from "../compare.js";

/**
 * How far a backend's f32 may be from the same in f64, by op and by area of the suite. What is not named is exact:
 * it moves, compares or selects numbers and makes none.
 */
export const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  // One rounding; a division on a GPU may have two more.
  add: { relative: 2e-7 },
  sub: { relative: 2e-7 },
  mul: { relative: 2e-7 },
  div: { relative: 6e-7 },
  sqrt: { relative: 6e-7 },
  // Approximated functions.
  exp: { relative: 2e-6 },
  log: { relative: 1e-6, absolute: 2e-7 },
  log1p: { relative: 1e-6, absolute: 2e-7 },
  sin: { absolute: 1e-6 },
  cos: { absolute: 1e-6 },
  tanh: { absolute: 1e-6 },
  sigmoid: { absolute: 1e-6 },
  erf: { absolute: 1e-6 },
  pow: { relative: 5e-6 },
  // Sums, in any order.
  sum: { ofLargest: 5e-6, absolute: 1e-6 },
  conv2d: { ofLargest: 5e-6, absolute: 1e-6 },
  conv2dInputGradient: { ofLargest: 5e-6, absolute: 1e-6 },
  conv2dWeightGradient: { ofLargest: 5e-6, absolute: 1e-6 },
  averagePool2d: { ofLargest: 5e-6, absolute: 1e-6 },
  averagePool2dGradient: { ofLargest: 5e-6, absolute: 1e-6 },
  maxPool2dGradient: { ofLargest: 2e-6, absolute: 1e-6 },
  matmul: { ofLargest: 5e-6, absolute: 1e-6 },
  scatterAdd: { ofLargest: 2e-6, absolute: 1e-6 },
  // Composites.
  softmax: { absolute: 1e-6, relative: 1e-5 },
  logSoftmax: { absolute: 2e-6, relative: 2e-6 },
  crossEntropy: { absolute: 2e-6, relative: 2e-6 },
  layerNorm: { absolute: 5e-6, relative: 5e-6 },
  // Whole areas.
  gradient: { absolute: 2e-6, ofLargest: 1e-5 },
  scan: { absolute: 2e-6, ofLargest: 1e-5 },
  dims: { absolute: 2e-6, ofLargest: 1e-5 },
  random: { absolute: 2e-5, ofLargest: 1e-4 },
  // One function of the smallest and largest floats.
  rounded: { absolute: 1e-6, relative: 1e-5 },
  train: { absolute: 2e-5, ofLargest: 1e-4 },
};

const F64: Tolerance = { absolute: 1e-12, ofLargest: 1e-12 };

/** A wider tolerance that a backend asks for, and why it needs it. */
export interface WiderTolerance extends Tolerance {
  readonly reason: string;
}

export function toleranceOf(
  name: string,
  dtype: DType,
  wider: Readonly<Record<string, WiderTolerance>> = {},
): Tolerance {
  if (dtype === "i32" || dtype === "bool") return {};
  const declared = wider[name] ?? TOLERANCES[name];
  if (!declared) return {};
  return dtype === "f64" ? F64 : declared;
}

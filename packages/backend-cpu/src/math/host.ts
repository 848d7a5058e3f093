import type { Import } from "../wasm/module.js";

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** erf x: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 7.1.6, whose terms do not cancel. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
}

/** Functions of single lanes that the host computes, in f64: those that no training step spends its time in. */
export const HOST: Readonly<Record<string, (...xs: number[]) => number>> = {
  cos: Math.cos as (...xs: number[]) => number,
  erf: erf as (...xs: number[]) => number,
  log1p: Math.log1p as (...xs: number[]) => number,
  pow: Math.pow as (...xs: number[]) => number,
  sin: Math.sin as (...xs: number[]) => number,
};

export const HOST_IMPORTS: readonly Import[] = Object.keys(HOST).map((name) => ({
  name,
  params: name === "pow" ? ["f32", "f32"] : ["f32"],
  results: ["f32"],
}));

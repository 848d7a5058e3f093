import { unary } from "./elementwise.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * y = erf x = 2/√π · ∫₀ˣ e^(−t²) dt, elementwise; f32 or f64. dy/dx = 2/√π · e^(−x²). Abramowitz & Stegun (1964), 7.1.6.
 * Throws DtypeError on other dtypes.
 */
export const erf = unary({
  name: "erf",
  f: erfOf,
  vjp: (dy, x) => mul(dy, mul(TWO_OVER_ROOT_PI, exp(neg(mul(x, x))))),
});

export const erfOp = erf.op;

/**
 * erf x = 2/√π · e^(−x²) · Σₙ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): Abramowitz & Stegun, Handbook of Mathematical Functions
 * (1964), 7.1.6. No term changes sign, so nothing cancels: exact to about 1e-15.
 */
function erfOf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 − erf 6 is below 1e-16.
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum;
}

import type { Code, Local } from "../wasm/code.js";
import { multiplyAdd } from "./multiply-add.js";

/**
 * e^r where |r| ≤ ln 2 / 2, coefficients from the highest down, 1 + r last. Cephes' expf (Moshier, 1992).
 */
export const EXPONENTIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1,
];

/** 1.5·2²³: beside so large a number only integers can be told apart. */
const ROUNDER = 12582912;
/** Two parts of ln 2, of which small integers times the first are exact. */
const LN2 = [0.693359375, -2.1219444e-4] as const;

/** Horner's scheme: the polynomial's value at x is left on the stack; the highest coefficient comes first. */
export function polynomial(code: Code, relaxed: boolean, x: Local, coefficients: readonly number[]): void {
  const [highest, ...rest] = coefficients as [number, ...number[]];
  code.f32x4(highest);
  for (const coefficient of rest) {
    code.get(x);
    multiplyAdd(code, relaxed, () => code.f32x4(coefficient));
  }
}

/**
 * sign·x = n·ln 2 + r with n whole and |r| ≤ ln 2 / 2. x becomes sign·r, and the low bits of `bits` n + bias; what is
 * above them is gone when they are shifted into a float's exponent.
 */
export function reduce(code: Code, relaxed: boolean, x: Local, bits: Local, sign: 1 | -1, bias: number): void {
  const n = code.local("v128");
  code.get(x).f32x4(sign * Math.LOG2E);
  multiplyAdd(code, relaxed, () => code.f32x4(ROUNDER + bias));
  code
    .tee(bits)
    .f32x4(ROUNDER + bias)
    .op("f32x4.sub")
    .set(n);
  for (const part of LN2) {
    code.get(n).f32x4(-sign * part);
    multiplyAdd(code, relaxed, () => code.get(x));
    code.set(x);
  }
  code.release(n);
}

/** e^x, lane by lane, with 2ⁿ in two factors, so that what is below the smallest normal number is rounded once. */
export function emitExp(code: Code, relaxed: boolean): void {
  const [x, bits, half] = [code.local("v128"), code.local("v128"), code.local("v128")];
  // pmax and pmin give their first operand where it is NaN, and are one instruction each.
  code.f32x4(-104).op("f32x4.pmax").f32x4(89).op("f32x4.pmin").set(x);
  // Twice the bias of an exponent, one for each factor.
  reduce(code, relaxed, x, bits, 1, 254);
  polynomial(code, relaxed, x, EXPONENTIAL);
  code.get(bits).shift("i32x4.shr_u", 1).tee(half).shift("i32x4.shl", 23).op("f32x4.mul");
  code.get(bits).get(half).op("i32x4.sub").shift("i32x4.shl", 23).op("f32x4.mul");
  for (const local of [x, bits, half]) code.release(local);
}

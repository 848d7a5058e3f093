import type { Code } from "../wasm/code.js";

/** Horner's scheme: the polynomial's value at x is left on the stack; the highest coefficient comes first. */
export function polynomial(code: Code, x: Parameters<Code["get"]>[0], coefficients: readonly number[]): void {
  const [highest, ...rest] = coefficients as [number, ...number[]];
  code.f32x4(highest);
  for (const coefficient of rest) code.get(x).op("f32x4.mul").f32x4(coefficient).op("f32x4.add");
}

const POLYNOMIAL = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];
/** 1.5·2²³, and its bits. */
const ROUNDER = 12582912;
const ROUNDER_BITS = 0x4b400000;

/**
 * e^x, lane by lane: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial in r, and 2ⁿ in two factors, so that what is
 * below the smallest normal number is rounded once. Polynomial: Cephes' expf (Moshier, 1992).
 */
export function emitExp(code: Code): void {
  const [x, n, bits] = [code.local("v128"), code.local("v128"), code.local("v128")];
  // pmax and pmin give their first operand where it is NaN, and are one instruction each.
  code.f32x4(-104).op("f32x4.pmax").f32x4(89).op("f32x4.pmin").tee(x);
  // Beside so large a number only integers can be told apart: the sum is rounded, and its low bits are n.
  code.f32x4(Math.LOG2E).op("f32x4.mul").f32x4(ROUNDER).op("f32x4.add").tee(bits);
  code.f32x4(ROUNDER).op("f32x4.sub").set(n);
  // ln 2 in two parts: n times the first is exact.
  code.get(x).get(n).f32x4(0.693359375).op("f32x4.mul").op("f32x4.sub");
  code.get(n).f32x4(-2.1219444e-4).op("f32x4.mul").op("f32x4.sub").set(x);
  polynomial(code, x, POLYNOMIAL);
  code.get(x).op("f32x4.mul").get(x).op("f32x4.mul").get(x).op("f32x4.add").f32x4(1).op("f32x4.add");
  code.get(bits).i32x4(ROUNDER_BITS).op("i32x4.sub").tee(bits).shift("i32x4.shr_s", 1).set(n);
  for (const half of [() => code.get(n), () => code.get(bits).get(n).op("i32x4.sub")]) {
    half();
    code.i32x4(127).op("i32x4.add").shift("i32x4.shl", 23).op("f32x4.mul");
  }
  for (const local of [x, n, bits]) code.release(local);
}

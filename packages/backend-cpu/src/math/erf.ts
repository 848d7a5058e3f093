import type { Code } from "../wasm/code.js";
import { emitExp, polynomial } from "./exp.js";

const NEAR = [
  7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2, 1.128358514861418e-1,
  -3.7612625824233e-1, 1.12837916709551,
];
const MIDDLE = [
  2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1,
  -4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1,
];
const FAR = [
  -10.47766399936249, 12.97719955372516, -7.495518717768503, 2.921019019210786, -1.0152652792027, 4.218463358204948e-1,
  -2.820767439740514e-1, 5.641895067754075e-1,
];

/**
 * erf x, lane by lane: x·P(x²) where |x| < 1, else ±(1 − e^−x² / |x| · Q(1/x²)), with another Q from 2 on. Cephes' erff
 * (Moshier, 1992).
 */
export function emitErf(code: Code, relaxed: boolean): void {
  const [x, y, z, q] = [0, 1, 2, 3].map(() => code.local("v128")) as [never, never, never, never];
  // Beyond 5 it is ±1. pmin gives its first operand where it is NaN.
  code.tee(x).op("f32x4.abs").f32x4(5).op("f32x4.pmin").set(y);
  code.f32x4(1).get(y).get(y).op("f32x4.mul").op("f32x4.div").set(z);
  polynomial(code, relaxed, z, MIDDLE);
  polynomial(code, relaxed, z, FAR);
  code.get(y).f32x4(2).op("f32x4.lt").op("v128.bitselect").set(q);
  code.f32x4(1).get(y).get(y).op("f32x4.mul").op("f32x4.neg");
  emitExp(code, relaxed);
  code.get(y).op("f32x4.div").get(q).op("f32x4.mul").op("f32x4.sub");
  // The sign of x, and NaN where x is.
  code.get(x).i32x4(-0x80000000).op("v128.and").op("v128.or").set(q);
  code.get(x).get(x).op("f32x4.mul").set(z);
  polynomial(code, relaxed, z, NEAR);
  code.get(x).op("f32x4.mul").get(q).get(y).f32x4(1).op("f32x4.lt").op("v128.bitselect");
  for (const local of [x, y, z, q]) code.release(local);
}

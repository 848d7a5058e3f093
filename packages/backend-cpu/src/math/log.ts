import type { Code } from "../wasm/code.js";
import { polynomial } from "./exp.js";

const SMALLEST_NORMAL = 2 ** -126;
const ROOT_HALF = Math.SQRT1_2;

/**
 * ln x, lane by lane: x = 2ⁿ·m with m in [√½, √2), ln x = n·ln 2 + ln m. Cephes' logf (Moshier, 1992). NaN below 0, −∞ at
 * 0, ∞ at ∞.
 */
export function emitLog(code: Code, relaxed: boolean): void {
  const [x, m, n, z, tiny] = [0, 1, 2, 3, 4].map(() => code.local("v128")) as [never, never, never, never, never];
  code.tee(x).f32x4(SMALLEST_NORMAL).op("f32x4.lt").set(tiny);
  // What is below the normal numbers is scaled up first.
  code
    .get(x)
    .f32x4(2 ** 23)
    .op("f32x4.mul")
    .get(x)
    .get(tiny)
    .op("v128.bitselect")
    .set(m);
  code.get(m).shift("i32x4.shr_u", 23).i32x4(126).op("i32x4.sub");
  code.get(tiny).i32x4(23).op("v128.and").op("i32x4.sub").op("f32x4.convert_i32x4_s").set(n);
  code.get(m).i32x4(0x007fffff).op("v128.and").i32x4(0x3f000000).op("v128.or").set(m);
  // m is in [½, 1): below √½ it is doubled, and n one less.
  code.get(m).f32x4(ROOT_HALF).op("f32x4.lt").set(z);
  code.get(n).f32x4(1).get(z).op("v128.and").op("f32x4.sub").set(n);
  code.get(m).f32x4(1).op("f32x4.sub").get(m).get(z).op("v128.and").op("f32x4.add").set(m);
  code.get(m).get(m).op("f32x4.mul").set(z);
  polynomial(
    code,
    relaxed,
    m,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  code.get(m).op("f32x4.mul").get(z).op("f32x4.mul");
  code.get(n).f32x4(-2.1219444e-4).op("f32x4.mul").op("f32x4.add");
  code.get(z).f32x4(0.5).op("f32x4.mul").op("f32x4.sub").get(m).op("f32x4.add");
  code.get(n).f32x4(0.693359375).op("f32x4.mul").op("f32x4.add").set(z);
  // The ends: ∞ and NaN are themselves, 0 is −∞, below is NaN.
  code.get(x).get(z).get(x).f32x4(Number.POSITIVE_INFINITY).op("f32x4.lt").op("v128.not").op("v128.bitselect").set(z);
  code.f32x4(Number.NEGATIVE_INFINITY).get(z).get(x).f32x4(0).op("f32x4.eq").op("v128.bitselect").set(z);
  code.f32x4(Number.NaN).get(z).get(x).f32x4(0).op("f32x4.lt").op("v128.bitselect");
  for (const local of [x, m, n, z, tiny]) code.release(local);
}

import type { Code } from "../wasm/code.js";
import { emitExp, polynomial } from "./exp.js";

/**
 * tanh x, lane by lane: x + x³·P(x²) where |x| < 0.625, else ±(1 − 2 / (e^2|x| + 1)). Cephes' tanhf (Moshier, 1992).
 */
export function emitTanh(code: Code): void {
  const [x, large, square] = [code.local("v128"), code.local("v128"), code.local("v128")];
  code.tee(x).op("f32x4.abs").f32x4(2).op("f32x4.mul");
  emitExp(code);
  code.f32x4(1).op("f32x4.add").set(large);
  code.f32x4(1).f32x4(2).get(large).op("f32x4.div").op("f32x4.sub");
  code.get(x).i32x4(-0x80000000).op("v128.and").op("v128.or").set(large);
  code.get(x).get(x).op("f32x4.mul").set(square);
  polynomial(
    code,
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  code.get(square).op("f32x4.mul").get(x).op("f32x4.mul").get(x).op("f32x4.add");
  code.get(large).get(x).op("f32x4.abs").f32x4(0.625).op("f32x4.lt").op("v128.bitselect");
  for (const local of [x, large, square]) code.release(local);
}

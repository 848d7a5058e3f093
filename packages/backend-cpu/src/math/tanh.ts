import type { Code } from "../wasm/code.js";
import { EXPONENTIAL, polynomial, reduce } from "./exp.js";
import { multiplyAdd } from "./multiply-add.js";

/** tanh x, lane by lane: ±m / (m + 2) with m = e^2|x| − 1 = 2ⁿ·(e^r − 1) + (2ⁿ − 1), in which nothing is lost near 0. */
export function emitTanh(code: Code, relaxed: boolean): void {
  const [x, y, bits] = [code.local("v128"), code.local("v128"), code.local("v128")];
  // Beyond 10 it is ±1. pmin gives its first operand where it is NaN.
  code.tee(x).i32x4(0x7fffffff).op("v128.and").f32x4(10).op("f32x4.pmin").tee(y).get(y).op("f32x4.add").set(y);
  reduce(code, relaxed, y, bits, 1, 127);
  // e^r − 1 = r + r²·P(r)
  polynomial(code, relaxed, y, EXPONENTIAL.slice(0, -2));
  code.get(y).op("f32x4.mul").get(y);
  multiplyAdd(code, relaxed, () => code.get(y));
  code.get(bits).shift("i32x4.shl", 23).tee(bits);
  multiplyAdd(code, relaxed, () => code.get(bits).f32x4(1).op("f32x4.sub"));
  code.tee(y).get(y).f32x4(2).op("f32x4.add").op("f32x4.div");
  code.get(x).i32x4(-0x80000000).op("v128.and").op("v128.or");
  for (const local of [x, y, bits]) code.release(local);
}

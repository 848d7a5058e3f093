import type { Code } from "../wasm/code.js";
import { EXPONENTIAL, polynomial, reduce } from "./exp.js";
import { multiplyAdd } from "./multiply-add.js";

/** So much smaller e^−x is than it should be: it stays finite where the result is below the smallest normal number. */
const SCALE = 2 ** -64;

/** 1 / (1 + e^−x), lane by lane. */
export function emitSigmoid(code: Code, relaxed: boolean): void {
  const [x, bits] = [code.local("v128"), code.local("v128")];
  // Beyond it is 0 or 1. pmax and pmin give their first operand where it is NaN.
  code.f32x4(-104).op("f32x4.pmax").f32x4(25).op("f32x4.pmin").set(x);
  reduce(code, relaxed, x, bits, -1, 127 - 64);
  polynomial(
    code,
    relaxed,
    x,
    EXPONENTIAL.map((coefficient, i) => (i % 2 === 0 ? -coefficient : coefficient)),
  );
  code.get(bits).shift("i32x4.shl", 23);
  multiplyAdd(code, relaxed, () => code.f32x4(SCALE));
  code.set(x).f32x4(SCALE).get(x).op("f32x4.div");
  code.release(x);
  code.release(bits);
}

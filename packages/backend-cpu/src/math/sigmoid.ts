import type { Code } from "../wasm/code.js";
import { emitExp } from "./exp.js";

/** 1 / (1 + e^−x), lane by lane, as e / (1 + e) with e = e^−|x| where x < 0: exact at both ends. */
export function emitSigmoid(code: Code): void {
  const [x, e] = [code.local("v128"), code.local("v128")];
  code.tee(x).op("f32x4.abs").op("f32x4.neg");
  emitExp(code);
  code.set(e);
  code.get(e).f32x4(1).get(x).f32x4(0).op("f32x4.lt").op("v128.bitselect");
  code.get(e).f32x4(1).op("f32x4.add").op("f32x4.div");
  code.release(x);
  code.release(e);
}

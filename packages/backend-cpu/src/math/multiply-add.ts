import type { Code, Local } from "../wasm/code.js";

/** [a, b] → a·b + c, with what writes c: rounded once with relaxed SIMD where the processor can, else twice. */
export function multiplyAdd(code: Code, relaxed: boolean, addend: () => void): void {
  if (!relaxed) code.op("f32x4.mul");
  addend();
  code.op(relaxed ? "f32x4.relaxed_madd" : "f32x4.add");
}

/** sum += a · b */
export function accumulate(code: Code, relaxed: boolean, a: Local, b: Local, sum: Local): void {
  code.get(a).get(b);
  multiplyAdd(code, relaxed, () => code.get(sum));
  code.set(sum);
}

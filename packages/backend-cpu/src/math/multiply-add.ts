import type { Code } from "../wasm/code.js";

/** [a, b] → a·b + c, with what writes c: rounded once with relaxed SIMD where the processor can, else twice. */
export function multiplyAdd(code: Code, relaxed: boolean, addend: () => void): void {
  if (!relaxed) code.op("f32x4.mul");
  addend();
  code.op(relaxed ? "f32x4.relaxed_madd" : "f32x4.add");
}

import type { Code, Local } from "../wasm/code.js";

/** sum += factor · element: rounded once with relaxed SIMD where the processor can, else twice. */
export function multiplyAdd(code: Code, relaxed: boolean, factor: Local, element: Local, sum: Local): void {
  if (relaxed) code.get(factor).get(element).get(sum).op("f32x4.relaxed_madd").set(sum);
  else code.get(sum).get(factor).get(element).op("f32x4.mul").op("f32x4.add").set(sum);
}

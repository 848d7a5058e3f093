import { engine } from "./engine.js";
import { Module } from "./module.js";

/** Whether the engine validates a function of one instruction sequence. */
function validates(write: Parameters<Module["add"]>[2]): boolean {
  const module = new Module([]);
  module.add([], [], write);
  return engine.validate(module.finish());
}

/** 128-bit SIMD: every engine of Node 20 and of today's browsers. */
export const hasSimd = (): boolean => validates((code) => code.f32x4(0).op("drop"));

/** Relaxed SIMD's multiply-add, which rounds once where the processor can. */
export const hasRelaxedSimd = (): boolean =>
  validates((code) => code.f32x4(0).f32x4(0).f32x4(0).op("f32x4.relaxed_madd").op("drop"));

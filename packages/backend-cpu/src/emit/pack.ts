import { PANEL_BYTES_PER_VECTOR, type PackStep } from "../plan/panels.js";
import type { Local } from "../wasm/code.js";
import { collapse } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";
import { loadLanes } from "./vectors.js";

/**
 * Copies a matrix [K, P] into panels as wide as the product's register tile: for each run of columns, row after row. The
 * last panel is filled up with zeros. A function of (from, to).
 */
export function emitPack({ module }: Emit, { from, to, vectors }: PackStep): Call {
  const rank = from.shape.length;
  const [k, p] = from.shape.slice(-2) as [number, number];
  const [rowStride, columnStride] = from.strides.slice(-2).map((stride) => stride * 4) as [number, number];
  const width = 4 * vectors;
  const panels = Math.ceil(p / width);
  const panelBytes = k * vectors * PANEL_BYTES_PER_VECTOR;
  const batch = collapse(from.shape.slice(0, -2), [
    from.strides.slice(0, -2).map((stride) => stride * 4),
    to.strides.slice(0, rank - 2).map((stride) => stride * 4),
  ]);
  const index = module.add(["i32", "i32"], [], (code) => {
    const [source, target] = code.params as [Local, Local];
    const value = code.local("v128");
    const panel = (columns: number): void => {
      code.times(k, () => {
        for (let v = 0; v < vectors; v++) {
          const left = Math.min(4, columns - 4 * v);
          if (left === 4) loadLanes(code, source, 4 * v * columnStride, columnStride, "f32", 4);
          else {
            code.f32x4(0).set(value);
            for (let lane = 0; lane < left; lane++) {
              const at = (4 * v + lane) * columnStride;
              code.get(source).get(value).laneMemory("v128.load32_lane", at, lane).set(value);
            }
            code.get(value);
          }
          code
            .set(value)
            .get(target)
            .get(value)
            .memory("v128.store", 16 * v);
        }
        code.advance(source, rowStride).advance(target, 16 * vectors);
      });
      code.advance(source, width * columnStride - k * rowStride);
    };
    nest(code, batch, [source, target], () => {
      const whole = Math.floor(p / width);
      code.times(whole, () => panel(width));
      if (p % width > 0) panel(p % width);
      code.advance(source, -panels * width * columnStride).advance(target, -panels * panelBytes);
    });
  });
  return { index, operands: [from, to] };
}

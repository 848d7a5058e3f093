import { accumulate } from "../math/multiply-add.js";
import type { MatmulStep } from "../plan/steps.js";
import type { Local } from "../wasm/code.js";
import { batchOf } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";

/** Rows of the matrix that are read at once: so many streams, each in order. */
const ROWS = 8;

/**
 * One row times a matrix that lies row by row: the result runs through the sums, a few rows of the matrix at a time, so
 * that memory is read in order. A function of (a, b, to).
 */
export function emitVecmat({ module, relaxed }: Emit, { a, b, to }: MatmulStep): Call {
  const rank = to.shape.length;
  const [k, p] = b.shape.slice(-2) as [number, number];
  const aColumn = 4 * (a.strides[rank - 1] as number);
  const bRow = 4 * (b.strides[rank - 2] as number);
  const batch = batchOf(to, [a, b, to]);
  const index = module.add(["i32", "i32", "i32"], [], (code) => {
    const [pa, pb, pc] = code.params as [Local, Local, Local];
    const factors = Array.from({ length: Math.min(ROWS, k) }, () => code.local("v128"));
    const [sum, element] = [code.local("v128"), code.local("v128")];

    /** to (+)= the next `rows` rows, each times its factor. */
    const rowsAtOnce = (rows: number, begins: boolean): void => {
      const own = factors.slice(0, rows);
      own.forEach((factor, i) => {
        code
          .get(pa)
          .memory("v128.load32_splat", i * aColumn)
          .set(factor);
      });
      for (const [width, count] of [
        [4, Math.floor(p / 4)],
        [1, p % 4],
      ] as const) {
        const load = width === 4 ? "v128.load" : "v128.load32_zero";
        code.times(count, () => {
          if (begins) code.f32x4(0).set(sum);
          else code.get(pc).memory(load).set(sum);
          own.forEach((factor, i) => {
            code
              .get(pb)
              .memory(load, i * bRow)
              .set(element);
            accumulate(code, relaxed, factor, element, sum);
          });
          code.get(pc).get(sum);
          if (width === 4) code.memory("v128.store");
          else code.laneMemory("v128.store32_lane", 0, 0);
          code.advance(pb, 4 * width).advance(pc, 4 * width);
        });
      }
      code
        .advance(pb, rows * bRow - 4 * p)
        .advance(pc, -4 * p)
        .advance(pa, rows * aColumn);
    };
    nest(code, batch, [pa, pb, pc], () => {
      const first = Math.min(ROWS, k);
      const blocks = Math.floor((k - first) / ROWS);
      const last = k - first - blocks * ROWS;
      rowsAtOnce(first, true);
      code.times(blocks, () => rowsAtOnce(ROWS, false));
      if (last > 0) rowsAtOnce(last, false);
      code.advance(pa, -k * aColumn).advance(pb, -k * bRow);
    });
  });
  return { index, operands: [a, b, to] };
}

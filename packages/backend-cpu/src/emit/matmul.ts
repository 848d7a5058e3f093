import { tileOf } from "../plan/panels.js";
import type { MatmulStep } from "../plan/steps.js";
import type { Local } from "../wasm/code.js";
import { batchOf } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";
import { blocksOf, emitTile, type Layout, mostRows, mostSteps, tilesOf } from "./tile.js";

/**
 * to = a·b as a function of (a, b, to), b in panels. Rows are cut into tiles of nearly the same height; each tile × panel
 * is one call of a small function that keeps its results in registers.
 */
export function emitMatmul(emit: Emit, { a, b, to, vectors, packed }: MatmulStep): Call {
  const rank = to.shape.length;
  const [m, p] = to.shape.slice(-2) as [number, number];
  const k = a.shape.at(-1) as number;
  const width = 4 * vectors;
  const layout: Layout = {
    aRow: 4 * (a.strides[rank - 2] as number),
    aColumn: 4 * (a.strides[rank - 1] as number),
    bRow: packed ? 16 * vectors : 4 * (b.strides[rank - 2] as number),
    cRow: 4 * (to.strides[rank - 2] as number),
    cColumn: 4,
  };
  const blocks = blocksOf(k, mostSteps(layout.aColumn));
  const blocked = k > blocks.steps;
  // From one panel to the next, or from some columns to those beside them.
  const panelBytes = packed ? k * layout.bRow : 4 * width;
  const heights = tilesOf(m, Math.min(tileOf(m).rows, mostRows(emit.relaxed)));
  const tile = (rows: number, columns: number) =>
    emit.module.add(["i32", "i32", "i32", "i32", "i32"], [], (code) =>
      emitTile(emit, code, { layout, rows, columns, b: packed ? "panels" : "rows", blocked }),
    );
  const batch = batchOf(to, [a, b, to]);
  // Functions come before the one that calls them.
  const runs = [
    { count: Math.floor(p / width), columns: width },
    { count: p % width > 0 ? 1 : 0, columns: p % width },
  ].flatMap(({ count, columns }) =>
    count === 0
      ? []
      : [
          {
            count,
            columns,
            heights: heights.map((height) => ({ ...height, call: tile(height.rows, columns) })),
          },
        ],
  );
  const index = emit.module.add(["i32", "i32", "i32"], [], (code) => {
    const [pa, pb, pc] = code.params as [Local, Local, Local];
    const panels = Math.ceil(p / width);
    const more = code.local("i32");
    const block = (steps: number): void => {
      for (const { count, heights } of runs) {
        code.times(count, () => {
          for (const { count: rowTiles, rows, call } of heights) {
            code.times(rowTiles, () => {
              code.get(pa).get(pb).get(pc).i32(steps).get(more).call(call);
              code.advance(pa, rows * layout.aRow).advance(pc, rows * layout.cRow);
            });
          }
          code.advance(pa, -m * layout.aRow).advance(pc, 4 * width - m * layout.cRow);
          code.advance(pb, panelBytes);
        });
      }
      code.advance(pa, steps * layout.aColumn).advance(pb, steps * layout.bRow - panels * panelBytes);
      code.advance(pc, -panels * 4 * width);
    };
    nest(code, batch, [pa, pb, pc], () => {
      code.i32(0).set(more);
      code.times(blocks.count, () => {
        block(blocks.steps);
        code.i32(1).set(more);
      });
      if (blocks.rest > 0) block(blocks.rest);
      code.advance(pa, -k * layout.aColumn).advance(pb, -k * layout.bRow);
    });
  });
  return { index, operands: [a, b, to] };
}

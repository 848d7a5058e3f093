import { tileOf } from "../plan/panels.js";
import type { Local } from "../wasm/code.js";
import type { Emit } from "./context.js";
import { blocksOf, emitTile, type Layout, mostRows, mostSteps, type Tile, tilesOf } from "./tile.js";

/** to [lines, M, columns] = a [M, K] · b [lines, K, columns]. */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly lines: number;
  readonly columns: number;
  readonly layout: Layout;
  readonly b: Tile["b"];
  /** The width of a tile, in vectors of four. */
  readonly vectors: number;
  /** Bytes from one panel of b to the next: from some columns to those beside them. */
  readonly panel: number;
  /** Bytes from one line of b to the next, and of c. */
  readonly bLine: number;
  readonly cLine: number;
}

/**
 * A product as a function of (a, b, to), and of b's offsets where it has them: panel after panel, and at each all rows of a. Rows are cut into tiles of
 * nearly the same height; each tile × panel is one call of a small function that keeps its results in registers.
 */
export function emitProduct(emit: Emit, product: Product): number {
  const { m, k, lines, columns, layout, b, vectors, panel, bLine, cLine } = product;
  const width = 4 * vectors;
  const panels = Math.ceil(columns / width);
  const blocks = blocksOf(k, mostSteps(layout.aColumn));
  const blocked = k > blocks.steps;
  const list = b === "offsets" ? (["i32"] as const) : [];
  const heights = tilesOf(m, Math.min(tileOf(m).rows, mostRows(emit.relaxed)));
  const tile = (rows: number, wide: number) =>
    emit.module.add(["i32", "i32", "i32", "i32", "i32", ...list], [], (code) =>
      emitTile(emit, code, { layout, rows, columns: wide, b, blocked }),
    );
  // Functions come before the one that calls them.
  const runs = [
    { count: Math.floor(columns / width), wide: width },
    { count: Math.ceil((columns % width) / width), wide: columns % width },
  ].map(({ count, wide }) => ({
    count,
    tiles: count === 0 ? [] : heights.map((height) => ({ ...height, call: tile(height.rows, wide) })),
  }));
  return emit.module.add(["i32", "i32", "i32", ...list], [], (code) => {
    const [pa, pb, pc, offsets] = code.params as [Local, Local, Local, Local?];
    const more = code.local("i32");
    const block = (steps: number): void => {
      code.times(lines, () => {
        for (const { count, tiles } of runs) {
          code.times(count, () => {
            for (const { count: rowTiles, rows, call } of tiles) {
              code.times(rowTiles, () => {
                code.get(pa).get(pb).get(pc).i32(steps).get(more);
                if (offsets) code.get(offsets);
                code.call(call);
                code.advance(pa, rows * layout.aRow).advance(pc, rows * layout.cRow);
              });
            }
            code.advance(pa, -m * layout.aRow).advance(pc, width * layout.cColumn - m * layout.cRow);
            code.advance(pb, panel);
          });
        }
        code.advance(pb, bLine - panels * panel).advance(pc, cLine - panels * width * layout.cColumn);
      });
      code.advance(pa, steps * layout.aColumn).advance(pb, steps * layout.bRow - lines * bLine);
      code.advance(pc, -lines * cLine);
      if (offsets) code.advance(offsets, 4 * steps);
    };
    code.times(blocks.count, () => {
      block(blocks.steps);
      code.i32(1).set(more);
    });
    if (blocks.rest > 0) block(blocks.rest);
  });
}

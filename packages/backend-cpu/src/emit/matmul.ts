import { tileOf } from "../plan/panels.js";
import type { MatmulStep } from "../plan/steps.js";
import type { Code, Local } from "../wasm/code.js";
import { collapse } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { multiplyAdd } from "./multiply-add.js";
import { nest } from "./nest.js";

/** Strides in bytes: of a's rows and columns, of b's rows (one k to the next), of c's rows. */
interface Layout {
  readonly aRow: number;
  readonly aColumn: number;
  readonly bRow: number;
  readonly cRow: number;
  readonly k: number;
}

/**
 * How high a register tile is. All of a block's loads may be made before its sums (V8 before Turboshaft does that), so a
 * tile's sums, one step's operands and a product must fit into 15 registers; a multiply-add needs no place for a product,
 * and engines that have it keep the order.
 */
const mostRows = (relaxed: boolean): number => (relaxed ? 6 : 4);

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
    k,
  };
  // From one panel to the next, or from some columns to those beside them.
  const panelBytes = packed ? k * layout.bRow : 4 * width;
  const tiles = Math.ceil(m / Math.min(tileOf(m).rows, mostRows(emit.relaxed)));
  const low = Math.floor(m / tiles);
  const tall = m - low * tiles;
  const tile = (rows: number, columns: number) =>
    emit.module.add(["i32", "i32", "i32"], [], (code) => emitTile(emit, code, layout, rows, columns, packed));
  const leading = (strides: readonly number[]) => strides.slice(0, rank - 2).map((stride) => 4 * stride);
  const batch = collapse(to.shape.slice(0, -2), [leading(a.strides), leading(b.strides), leading(to.strides)]);
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
            heights: [
              { count: tall, rows: low + 1 },
              { count: tiles - tall, rows: low },
            ].flatMap((height) => (height.count === 0 ? [] : [{ ...height, call: tile(height.rows, columns) }])),
          },
        ],
  );
  const index = emit.module.add(["i32", "i32", "i32"], [], (code) => {
    const [pa, pb, pc] = code.params as [Local, Local, Local];
    const panels = Math.ceil(p / width);
    nest(code, batch, [pa, pb, pc], () => {
      for (const { count, heights } of runs) {
        code.times(count, () => {
          for (const { count: rowTiles, rows, call } of heights) {
            code.times(rowTiles, () => {
              code.get(pa).get(pb).get(pc).call(call);
              code.advance(pa, rows * layout.aRow).advance(pc, rows * layout.cRow);
            });
          }
          code.advance(pa, -m * layout.aRow).advance(pc, 4 * width - m * layout.cRow);
          code.advance(pb, panelBytes);
        });
      }
      code.advance(pb, -panels * panelBytes).advance(pc, -panels * 4 * width);
    });
  });
  return { index, operands: [a, b, to] };
}

/** The first lanes of a vector; the others are what they were. */
function loadFew(code: Code, pointer: Local, at: number, lanes: number, vector: Local): void {
  for (let lane = 0; lane < lanes; lane++) {
    code
      .get(pointer)
      .get(vector)
      .laneMemory("v128.load32_lane", at + 4 * lane, lane)
      .set(vector);
  }
}

/** One register tile: `rows` × `columns` sums over k. */
function emitTile({ relaxed }: Emit, code: Code, layout: Layout, rows: number, columns: number, padded: boolean): void {
  const [pa, pb, pc] = code.params as [Local, Local, Local];
  const vectors = Math.ceil(columns / 4);
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => code.local("v128")));
  // The shorter side of the tile is kept, and the other one streams past it: all of both would not fit into the registers.
  const kept = Array.from({ length: Math.min(rows, vectors) }, () => code.local("v128"));
  const passing = code.local("v128");
  const loadA = (row: number, into: Local): void => {
    code
      .get(pa)
      .memory("v128.load32_splat", row * layout.aRow)
      .set(into);
  };
  const loadB = (v: number, into: Local): void => {
    const left = columns - 4 * v;
    // Panels are filled up with zeros; what lies as it is ends where it ends.
    if (padded || left >= 4)
      code
        .get(pb)
        .memory("v128.load", 16 * v)
        .set(into);
    else loadFew(code, pb, 16 * v, left, into);
  };
  const add = (a: Local, b: Local, row: number, v: number): void =>
    multiplyAdd(code, relaxed, a, b, (sums[row] as Local[])[v] as Local);
  // One k at a time: in a longer block more loads would come first.
  code.times(layout.k, () => {
    if (rows < vectors) {
      kept.forEach((a, row) => void loadA(row, a));
      for (let v = 0; v < vectors; v++) {
        loadB(v, passing);
        kept.forEach((a, row) => void add(a, passing, row, v));
      }
    } else {
      kept.forEach((b, v) => void loadB(v, b));
      for (let row = 0; row < rows; row++) {
        loadA(row, passing);
        kept.forEach((b, v) => void add(passing, b, row, v));
      }
    }
    code.advance(pa, layout.aColumn).advance(pb, layout.bRow);
  });
  sums.forEach((row, i) => {
    row.forEach((sum, v) => {
      const at = i * layout.cRow + 16 * v;
      const left = columns - 4 * v;
      if (left >= 4) code.get(pc).get(sum).memory("v128.store", at);
      else
        for (let lane = 0; lane < left; lane++)
          code
            .get(pc)
            .get(sum)
            .laneMemory("v128.store32_lane", at + 4 * lane, lane);
    });
  });
}

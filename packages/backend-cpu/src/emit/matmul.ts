import { accumulate } from "../math/multiply-add.js";
import { tileOf } from "../plan/panels.js";
import type { MatmulStep } from "../plan/steps.js";
import type { Code, Local } from "../wasm/code.js";
import { batchOf } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";

/** Strides in bytes: of a's rows and columns, of b's rows (one k to the next), of c's rows. */
interface Layout {
  readonly aRow: number;
  readonly aColumn: number;
  readonly bRow: number;
  readonly cRow: number;
}

/**
 * How high a register tile is. All of a block's loads may be made before its sums (V8 before Turboshaft does that), so a
 * tile's sums, one step's operands and a product must fit into 15 registers; a multiply-add needs no place for a product,
 * and engines that have it keep the order.
 */
const mostRows = (relaxed: boolean): number => (relaxed ? 6 : 4);

/**
 * The most steps of k at a time, so that what a column of tiles reads again stays in the 32 KB of a first-level cache: a
 * panel and the tile's rows of a, or, where a is transposed, a line of 64 bytes for each step.
 */
const mostSteps = (aColumn: number): number => (aColumn === 4 ? 640 : 256);

/** k in blocks of nearly the same length: `count` of `steps`, and one of the `rest`, which may be 0. */
function blocksOf(k: number, most: number): { readonly count: number; readonly steps: number; readonly rest: number } {
  const steps = Math.ceil(k / Math.max(1, Math.ceil(k / most)));
  return k === 0 ? { count: 1, steps: 0, rest: 0 } : { count: Math.floor(k / steps), steps, rest: k % steps };
}

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
  };
  const blocks = blocksOf(k, mostSteps(layout.aColumn));
  const blocked = k > blocks.steps;
  // From one panel to the next, or from some columns to those beside them.
  const panelBytes = packed ? k * layout.bRow : 4 * width;
  const tiles = Math.ceil(m / Math.min(tileOf(m).rows, mostRows(emit.relaxed)));
  const low = Math.floor(m / tiles);
  const tall = m - low * tiles;
  const tile = (rows: number, columns: number) =>
    emit.module.add(["i32", "i32", "i32", "i32", "i32"], [], (code) =>
      emitTile(emit, code, { layout, rows, columns, packed, blocked }),
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

/** All lanes of a vector, or the first of them; the others are what they were. */
function loadFew(code: Code, pointer: Local, at: number, lanes: number, vector: Local): void {
  if (lanes === 4) return void code.get(pointer).memory("v128.load", at).set(vector);
  for (let lane = 0; lane < lanes; lane++) {
    code
      .get(pointer)
      .get(vector)
      .laneMemory("v128.load32_lane", at + 4 * lane, lane)
      .set(vector);
  }
}

interface Tile {
  readonly layout: Layout;
  readonly rows: number;
  readonly columns: number;
  /** Whether b is in panels. */
  readonly packed: boolean;
  /** Whether k comes in several blocks. */
  readonly blocked: boolean;
}

/**
 * One register tile as a function of (a, b, to, steps, more): `rows` × `columns` sums over so many steps of k, on top of what
 * stands in `to` if `more` says so.
 */
function emitTile({ relaxed }: Emit, code: Code, { layout, rows, columns, packed, blocked }: Tile): void {
  const [pa, pb, pc, steps, more] = code.params as [Local, Local, Local, Local, Local];
  const vectors = Math.ceil(columns / 4);
  const sums = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: vectors }, (_, v) => ({
      sum: code.local("v128"),
      at: row * layout.cRow + 16 * v,
      lanes: Math.min(4, columns - 4 * v),
    })),
  );
  // The shorter side of the tile is kept, and the other one streams past it: all of both would not fit into the registers.
  const kept = Array.from({ length: Math.min(rows, vectors) }, () => code.local("v128"));
  const passing = code.local("v128");
  const loadA = (row: number, into: Local): void => {
    code
      .get(pa)
      .memory("v128.load32_splat", row * layout.aRow)
      .set(into);
  };
  const add = (a: Local, b: Local, row: number, v: number): void =>
    accumulate(code, relaxed, a, b, (sums[row] as { sum: Local }[])[v]?.sum as Local);
  if (blocked) {
    code.get(more).when(() => {
      for (const { sum, at, lanes } of sums.flat()) loadFew(code, pc, at, lanes, sum);
    });
  }
  // Panels are filled up with zeros; what lies as it is ends where it ends.
  const lanesOf = (v: number): number => (packed ? 4 : Math.min(4, columns - 4 * v));
  // One k at a time: in a longer block more loads would come first.
  const sumUp = (): void => {
    if (rows < vectors) {
      kept.forEach((a, row) => void loadA(row, a));
      for (let v = 0; v < vectors; v++) {
        loadFew(code, pb, 16 * v, lanesOf(v), passing);
        kept.forEach((a, row) => void add(a, passing, row, v));
      }
    } else {
      kept.forEach((b, v) => void loadFew(code, pb, 16 * v, lanesOf(v), b));
      for (let row = 0; row < rows; row++) {
        loadA(row, passing);
        kept.forEach((b, v) => void add(passing, b, row, v));
      }
    }
    code.advance(pa, layout.aColumn).advance(pb, layout.bRow);
    code.get(steps).i32(1).op("i32.sub").tee(steps);
  };
  code.get(steps).when(() => void code.loopWhile(sumUp));
  for (const { sum, at, lanes } of sums.flat()) {
    if (lanes === 4) code.get(pc).get(sum).memory("v128.store", at);
    else
      for (let lane = 0; lane < lanes; lane++)
        code
          .get(pc)
          .get(sum)
          .laneMemory("v128.store32_lane", at + 4 * lane, lane);
  }
}

import { accumulate } from "../math/multiply-add.js";
import type { Code, Local } from "../wasm/code.js";
import type { Emit } from "./context.js";

/** Strides in bytes: of a's rows and columns, of b's rows (one k to the next), of c's rows and columns. */
export interface Layout {
  readonly aRow: number;
  readonly aColumn: number;
  readonly bRow: number;
  readonly cRow: number;
  readonly cColumn: number;
}

/**
 * How high a register tile is. All of a block's loads may be made before its sums (V8 before Turboshaft does that), so a
 * tile's sums, one step's operands and a product must fit into 15 registers; a multiply-add needs no place for a product,
 * and engines that have it keep the order.
 */
export const mostRows = (relaxed: boolean): number => (relaxed ? 6 : 4);

/**
 * The most steps of k at a time, so that what a column of tiles reads again stays in the 32 KB of a first-level cache: a
 * panel and the tile's rows of a, or, where a is transposed, a line of 64 bytes for each step.
 */
export const mostSteps = (aColumn: number): number => (aColumn === 4 ? 640 : 256);

/** k in blocks of nearly the same length: `count` of `steps`, and one of the `rest`, which may be 0. */
export function blocksOf(
  k: number,
  most: number,
): { readonly count: number; readonly steps: number; readonly rest: number } {
  const steps = Math.ceil(k / Math.max(1, Math.ceil(k / most)));
  return k === 0 ? { count: 1, steps: 0, rest: 0 } : { count: Math.floor(k / steps), steps, rest: k % steps };
}

/** m rows in tiles of nearly the same height, `most` or fewer: so many of these, then so many of those. */
export function tilesOf(m: number, most: number): readonly { readonly count: number; readonly rows: number }[] {
  const tiles = Math.ceil(m / most);
  const low = Math.floor(m / tiles);
  const tall = m - low * tiles;
  const heights = [
    { count: tall, rows: low + 1 },
    { count: tiles - tall, rows: low },
  ];
  return heights.filter(({ count }) => count > 0);
}

/** All lanes of a vector, or the first of them, so many bytes apart; the others are what they were. */
export function loadFew(code: Code, pointer: Local, at: number, lanes: number, vector: Local, apart = 4): void {
  if (lanes === 4 && apart === 4) return void code.get(pointer).memory("v128.load", at).set(vector);
  for (let lane = 0; lane < lanes; lane++) {
    code
      .get(pointer)
      .get(vector)
      .laneMemory("v128.load32_lane", at + apart * lane, lane)
      .set(vector);
  }
}

export function storeFew(code: Code, pointer: Local, at: number, lanes: number, vector: Local, apart = 4): void {
  if (lanes === 4 && apart === 4) return void code.get(pointer).get(vector).memory("v128.store", at);
  for (let lane = 0; lane < lanes; lane++) {
    code
      .get(pointer)
      .get(vector)
      .laneMemory("v128.store32_lane", at + apart * lane, lane);
  }
}

export interface Tile {
  readonly layout: Layout;
  readonly rows: number;
  readonly columns: number;
  /**
   * How b's rows are found: one after the other, in panels that are filled up or as they lie; or each at its distance from b, of
   * which the function has a list. After each of the latter there is room for all lanes.
   */
  readonly b: "panels" | "rows" | "offsets";
  /** Whether k comes in several blocks. */
  readonly blocked: boolean;
}

/**
 * One register tile as a function of (a, b, to, steps, more), and the list of distances where there is one: `rows` × `columns` sums over
 * so many steps of k, on top of what stands in `to` if `more` says so.
 */
export function emitTile({ relaxed }: Emit, code: Code, { layout, rows, columns, b: form, blocked }: Tile): void {
  const [pa, pb, pc, steps, more, offsets] = code.params as [Local, Local, Local, Local, Local, Local?];
  const line = offsets ? code.local("i32") : pb;
  const vectors = Math.ceil(columns / 4);
  const sums = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: vectors }, (_, v) => ({
      sum: code.local("v128"),
      at: row * layout.cRow + 4 * v * layout.cColumn,
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
  const add = (a: Local, b: Local, i: number, v: number): void =>
    accumulate(code, relaxed, a, b, (sums[i] as { sum: Local }[])[v]?.sum as Local);
  if (blocked) {
    code.get(more).when(() => {
      for (const { sum, at, lanes } of sums.flat()) loadFew(code, pc, at, lanes, sum, layout.cColumn);
    });
  }
  // Panels are filled up with zeros; what lies as it is ends where it ends.
  const lanesOf = (v: number): number => (form === "rows" ? Math.min(4, columns - 4 * v) : 4);
  // One k at a time: in a longer block more loads would come first.
  const sumUp = (): void => {
    if (offsets) code.get(offsets).memory("i32.load").get(pb).op("i32.add").set(line);
    if (rows < vectors) {
      kept.forEach((a, row) => void loadA(row, a));
      for (let v = 0; v < vectors; v++) {
        loadFew(code, line, 16 * v, lanesOf(v), passing);
        kept.forEach((a, row) => void add(a, passing, row, v));
      }
    } else {
      kept.forEach((b, v) => void loadFew(code, line, 16 * v, lanesOf(v), b));
      for (let i = 0; i < rows; i++) {
        loadA(i, passing);
        kept.forEach((b, v) => void add(passing, b, i, v));
      }
    }
    code.advance(pa, layout.aColumn);
    if (offsets) code.advance(offsets, 4);
    else code.advance(pb, layout.bRow);
    code.get(steps).i32(1).op("i32.sub").tee(steps);
  };
  code.get(steps).when(() => void code.loopWhile(sumUp));
  for (const { sum, at, lanes } of sums.flat()) storeFew(code, pc, at, lanes, sum, layout.cColumn);
}

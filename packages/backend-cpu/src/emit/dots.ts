import { accumulate } from "../math/multiply-add.js";
import type { MatmulStep } from "../plan/steps.js";
import type { Code, Local } from "../wasm/code.js";
import { batchOf } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";

/** Columns of the matrix that are read at once: so many streams, each in order. */
const COLUMNS = 8;

/**
 * One row times a matrix that lies column by column, as a transposed one does: each element of the result is a dot product,
 * four products at a time. A function of (a, b, to).
 */
export function emitDots({ module, relaxed }: Emit, { a, b, to }: MatmulStep): Call {
  const rank = to.shape.length;
  const [k, p] = b.shape.slice(-2) as [number, number];
  const bColumn = 4 * (b.strides[rank - 1] as number);
  const batch = batchOf(to, [a, b, to]);
  const index = module.add(["i32", "i32", "i32"], [], (code) => {
    const [pa, pb, pc] = code.params as [Local, Local, Local];
    const sums = Array.from({ length: Math.min(COLUMNS, p) }, () => code.local("v128"));
    const [factor, element] = [code.local("v128"), code.local("v128")];
    const dots = (columns: number): void => {
      const own = sums.slice(0, columns);
      for (const sum of own) code.f32x4(0).set(sum);
      for (const [width, count] of [
        [4, Math.floor(k / 4)],
        [1, k % 4],
      ] as const) {
        const load = width === 4 ? "v128.load" : "v128.load32_zero";
        code.times(count, () => {
          code.get(pa).memory(load).set(factor);
          own.forEach((sum, i) => {
            code
              .get(pb)
              .memory(load, i * bColumn)
              .set(element);
            accumulate(code, relaxed, factor, element, sum);
          });
          code.advance(pa, 4 * width).advance(pb, 4 * width);
        });
      }
      for (let at = 0; at < columns; at += 4) storeSums(code, own.slice(at, at + 4), pc, 4 * at);
      code
        .advance(pa, -4 * k)
        .advance(pb, columns * bColumn - 4 * k)
        .advance(pc, 4 * columns);
    };
    nest(code, batch, [pa, pb, pc], () => {
      code.times(Math.floor(p / COLUMNS), () => dots(COLUMNS));
      if (p % COLUMNS > 0) dots(p % COLUMNS);
      code.advance(pb, -p * bColumn).advance(pc, -4 * p);
    });
  });
  return { index, operands: [a, b, to] };
}

/** Positions of bytes for the lanes of two vectors: 0 … 3 are the first's. */
const lanes = (...positions: readonly number[]) =>
  positions.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));

/** Stores the sum of each vector's lanes, one to four of them side by side. */
function storeSums(code: Code, vectors: readonly Local[], pointer: Local, at: number): void {
  // What is missing is summed up as something else, and not stored.
  const [a, b, c, d] = Array.from({ length: 4 }, (_, i) => vectors[i] ?? vectors[0]) as [Local, Local, Local, Local];
  const halves = [code.local("v128"), code.local("v128")] as const;
  // [x₀ + x₂, y₀ + y₂, x₁ + x₃, y₁ + y₃]
  for (const [half, x, y] of [
    [halves[0], a, b],
    [halves[1], c, d],
  ] as const) {
    code
      .get(x)
      .get(y)
      .shuffle(lanes(0, 4, 1, 5));
    code
      .get(x)
      .get(y)
      .shuffle(lanes(2, 6, 3, 7))
      .op("f32x4.add")
      .set(half);
  }
  code
    .get(halves[0])
    .get(halves[1])
    .shuffle(lanes(0, 1, 4, 5));
  code
    .get(halves[0])
    .get(halves[1])
    .shuffle(lanes(2, 3, 6, 7))
    .op("f32x4.add")
    .set(halves[0]);
  if (vectors.length === 4) code.get(pointer).get(halves[0]).memory("v128.store", at);
  else
    for (const lane of vectors.keys())
      code
        .get(pointer)
        .get(halves[0])
        .laneMemory("v128.store32_lane", at + 4 * lane, lane);
  for (const half of halves) code.release(half);
}

import { byteSize } from "@throughtime/core";
import type { ReduceStep } from "../plan/steps.js";
import type { Code, Local } from "../wasm/code.js";
import { type Axis, collapse } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { nest } from "./nest.js";
import { loadLanes, storeLanes } from "./vectors.js";

/** How partial results are kept: f32 sums in f64, two lanes a vector, so that long sums stay exact. */
interface Accumulator {
  readonly parts: 1 | 2;
  start(code: Code, part: Local): void;
  /** Adds the vector on the stack. */
  add(code: Code, parts: readonly Local[]): void;
  /** Leaves four results on the stack. */
  finish(code: Code, parts: readonly Local[]): void;
}

const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const JOIN_LOW = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

const WIDE_SUM: Accumulator = {
  parts: 2,
  start: (code, part) => void code.i32x4(0).set(part),
  add(code, [low, high]) {
    const x = code.local("v128");
    code
      .tee(x)
      .op("f64x2.promote_low_f32x4")
      .get(low as Local)
      .op("f64x2.add")
      .set(low as Local);
    code
      .get(x)
      .get(x)
      .shuffle(UPPER)
      .op("f64x2.promote_low_f32x4")
      .get(high as Local)
      .op("f64x2.add")
      .set(high as Local);
    code.release(x);
  },
  finish(code, [low, high]) {
    code
      .get(low as Local)
      .op("f32x4.demote_f64x2_zero")
      .get(high as Local)
      .op("f32x4.demote_f64x2_zero")
      .shuffle(JOIN_LOW);
  },
};

const plain = (start: (code: Code) => void, name: "i32x4.add" | "i32x4.max_s" | "f32x4.max"): Accumulator => ({
  parts: 1,
  start(code, part) {
    start(code);
    code.set(part);
  },
  add: (code, [part]) =>
    void code
      .get(part as Local)
      .op(name)
      .set(part as Local),
  finish: (code, [part]) => void code.get(part as Local),
});

const accumulatorOf = (op: "sum" | "max", dtype: string): Accumulator => {
  if (op === "sum") return dtype === "f32" ? WIDE_SUM : plain((code) => code.i32x4(0), "i32x4.add");
  return dtype === "f32"
    ? plain((code) => code.f32x4(Number.NEGATIVE_INFINITY), "f32x4.max")
    : plain((code) => code.i32x4(-0x80000000), "i32x4.max_s");
};

/** A reduction as a function of (from, to). */
export function emitReduce({ module }: Emit, step: ReduceStep): Call {
  const { from, to, reduced } = step;
  const size = byteSize(from.dtype);
  const rank = from.shape.length - reduced;
  const bytes = from.strides.map((stride) => stride * size);
  const kept = collapse(from.shape.slice(0, rank), [bytes.slice(0, rank), to.strides.map((stride) => stride * size)]);
  const over = collapse(from.shape.slice(rank), [bytes.slice(rank)]);
  const accumulator = accumulatorOf(step.op, from.dtype);
  const along = over.at(-1)?.strides[0] === size && kept.at(-1)?.strides[0] !== size;
  const index = module.add(["i32", "i32"], [], (code) => {
    if (along) alongRows(code, step, kept, over, accumulator);
    else acrossRows(code, step, kept, over, accumulator);
  });
  return { index, operands: [from, to] };
}

/** The reduced elements lie side by side: four partial results, joined at the end. */
function alongRows(
  code: Code,
  { from, op }: ReduceStep,
  kept: readonly Axis[],
  over: readonly Axis[],
  accumulator: Accumulator,
): void {
  const [source, target] = code.params as [Local, Local];
  const last = over.at(-1) as Axis;
  const parts = Array.from({ length: accumulator.parts }, () => code.local("v128"));
  nest(code, kept, [source, target], () => {
    for (const part of parts) accumulator.start(code, part);
    nest(code, over.slice(0, -1), [source], () => {
      code.times(Math.floor(last.size / 4), () => {
        loadLanes(code, source, 0, 4, from.dtype, 4);
        accumulator.add(code, parts);
        code.advance(source, 16);
      });
      code.times(last.size % 4, () => {
        // Zeros beside the element add nothing; beside a maximum the element itself may stand again.
        loadLanes(code, source, 0, 0, from.dtype, op === "sum" ? 1 : 4);
        accumulator.add(code, parts);
        code.advance(source, 4);
      });
      code.advance(source, -4 * last.size);
    });
    join(code, op, from.dtype, parts, accumulator);
    const result = code.local("v128");
    code.set(result).get(target).get(result).laneMemory("v128.store32_lane", 0, 0).release(result);
  });
}

/** All lanes into the first, in f64 where partial sums are. */
function join(code: Code, op: "sum" | "max", dtype: string, parts: readonly Local[], accumulator: Accumulator): void {
  if (accumulator.parts === 2) {
    const [low, high] = parts as [Local, Local];
    code.get(low).get(high).op("f64x2.add").tee(low);
    code.get(low).get(low).shuffle(UPPER).op("f64x2.add").op("f32x4.demote_f64x2_zero");
    return;
  }
  const name = op === "max" && dtype === "f32" ? "f32x4.max" : op === "max" ? "i32x4.max_s" : "i32x4.add";
  const x = parts[0] as Local;
  code.get(x).get(x).get(x).shuffle(UPPER).op(name).tee(x);
  code.get(x).get(x).shuffle([4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]).op(name);
}

/** Several results at once, a lane for each. */
function acrossRows(
  code: Code,
  { from }: ReduceStep,
  kept: readonly Axis[],
  over: readonly Axis[],
  accumulator: Accumulator,
): void {
  const [source, target] = code.params as [Local, Local];
  const inner = kept.at(-1) ?? { size: 1, strides: [0, 0] };
  const [fromStride, toStride] = inner.strides as [number, number];
  const block = (width: 1 | 4, vectors: number): void => {
    const all = Array.from({ length: vectors }, () =>
      Array.from({ length: accumulator.parts }, () => code.local("v128")),
    );
    for (const parts of all) for (const part of parts) accumulator.start(code, part);
    nest(code, over, [source], () => {
      all.forEach((parts, i) => {
        loadLanes(code, source, i * 4 * fromStride, fromStride, from.dtype, width);
        accumulator.add(code, parts);
      });
    });
    const result = code.local("v128");
    all.forEach((parts, i) => {
      accumulator.finish(code, parts);
      code.set(result);
      storeLanes(code, target, i * 4 * toStride, toStride, from.dtype, width, result);
      for (const part of parts) code.release(part);
    });
    code.release(result);
    code.advance(source, width * vectors * fromStride).advance(target, width * vectors * toStride);
  };
  // Of a part that one thread has of the last axis, one column may be left: its results do not lie side by side.
  nest(code, kept.slice(0, -1), [source, target], () => {
    code.times(Math.floor(inner.size / 16), () => block(4, 4));
    code.times(Math.floor((inner.size % 16) / 4), () => block(4, 1));
    code.times(inner.size % 4, () => block(1, 1));
    code.advance(source, -inner.size * fromStride).advance(target, -inner.size * toStride);
  });
}

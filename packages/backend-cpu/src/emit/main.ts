import { byteSize, sizeOf } from "@throughtime/core";
import { HOST_IMPORTS } from "../math/host.js";
import type { Plan } from "../plan/plan.js";
import { isSplit } from "../plan/split.js";
import type { LeafStep, LoopStep, MatmulStep, ThreadedStep } from "../plan/steps.js";
import type { Loop, View } from "../plan/view.js";
import type { Code, ConstantPool, Local } from "../wasm/code.js";
import { Module } from "../wasm/module.js";
import { emitArgmax } from "./argmax.js";
import { ERRORS, emitBarrier } from "./barrier.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { emitDots } from "./dots.js";
import { emitMap } from "./map.js";
import { emitMatmul } from "./matmul.js";
import { emitPack } from "./pack.js";
import { emitReduce } from "./reduce.js";
import { emitGather, emitScatter } from "./rows.js";
import { emitVecmat } from "./vecmat.js";

/** Ops that check their indices, and the bit by which the module says that one was out of range. */
export const CHECKED: Readonly<Record<string, number>> = { gather: 1, scatterAdd: 2 };

/** What a machine has to know of a module to run it. */
export type ModuleKind = Pick<Plan, "together" | "short">;

export interface Target {
  readonly relaxed: boolean;
  readonly threads: number;
  /** The most pages of a shared memory; undefined for one that is not shared. */
  readonly sharedPages: number | undefined;
  readonly pool: ConstantPool;
}

/**
 * A plan as a module that exports `run(arena, thread) → error bits`. Each step is a function of addresses; `run` works out
 * the addresses and calls them, and a scan is a loop in it. Steps that are split are run by all threads, who meet
 * after each; those between them by the first.
 */
export function emitModule(plan: Plan, target: Target): Uint8Array<ArrayBuffer> {
  const module = new Module(HOST_IMPORTS, target.pool);
  const emit: Emit = { module, relaxed: target.relaxed };
  const calls = new Map<LeafStep, Call>();
  const prepare = (steps: readonly ThreadedStep[]): void => {
    for (const step of steps) {
      if (step.kind === "loop") prepare(step.body);
      else if (step.kind === "split") prepare(step.parts);
      else if (!isEmpty(step)) calls.set(step, emitStep(emit, step));
    }
  };
  prepare(plan.steps);
  const meet = plan.together ? module.add([], [], (code) => emitBarrier(code, target.threads)) : undefined;
  const run = module.add(["i32", "i32"], ["i32"], (code) => {
    const [arena, thread] = code.params as [Local, Local];
    const errors = code.local("i32");
    const counters = new Map<Loop, Local>();
    const leaf = (step: LeafStep): void => {
      const call = calls.get(step);
      if (!call) return;
      for (const view of call.operands) pushAddress(code, plan, view, arena, counters);
      code.call(call.index);
      if (!call.checks) return;
      const bad = code.local("i32");
      code
        .i32(CHECKED[call.checks] as number)
        .op("i32.mul")
        .set(bad);
      code.get(errors).get(bad).op("i32.or").set(errors).release(bad);
    };
    const loop = (
      { loop: { length, reverse }, loop, body }: LoopStep<ThreadedStep>,
      write: (steps: readonly ThreadedStep[]) => void,
    ): void => {
      const counter = code.local("i32");
      counters.set(loop, counter);
      code.i32(reverse ? length - 1 : 0).set(counter);
      code.times(length, () => {
        write(body);
        code.advance(counter, reverse ? -1 : 1);
      });
      code.release(counter);
    };
    const alone = (steps: readonly ThreadedStep[]): void => {
      for (const step of steps) {
        if (step.kind === "loop") loop(step, alone);
        else if (step.kind !== "split") leaf(step);
      }
    };
    const together = (steps: readonly ThreadedStep[]): void => {
      for (const group of grouped(steps)) {
        const [step] = group as [ThreadedStep];
        if (!isSplit(step))
          code
            .get(thread)
            .op("i32.eqz")
            .when(() => alone(group))
            .call(meet as number);
        else if (step.kind === "loop") loop(step, together);
        else if (step.kind === "split") {
          step.parts.forEach(
            (part, i) =>
              void code
                .get(thread)
                .i32(i)
                .op("i32.eq")
                .when(() => leaf(part)),
          );
          code.call(meet as number);
        }
      }
    };
    if (meet === undefined) {
      alone(plan.steps);
      code.get(errors);
      return;
    }
    // The first thread clears what the run before left, and hands out what all have found.
    code
      .get(thread)
      .op("i32.eqz")
      .when(() => void code.i32(0).i32(0).atomic("i32.atomic.store", ERRORS))
      .call(meet);
    together(plan.steps);
    code.i32(0).get(errors).atomic("i32.atomic.rmw.or", ERRORS).op("drop").call(meet);
    code.i32(0).atomic("i32.atomic.load", ERRORS);
  });
  module.export("run", run);
  return module.finish(target.sharedPages);
}

/** Steps one by one where they are split; those between them as one group. */
function grouped(steps: readonly ThreadedStep[]): ThreadedStep[][] {
  const groups: ThreadedStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (!last || isSplit(step) || isSplit(last[0] as ThreadedStep)) groups.push([step]);
    else last.push(step);
  }
  return groups;
}

function emitStep(emit: Emit, step: LeafStep): Call {
  switch (step.kind) {
    case "map":
      return emitMap(emit, step);
    case "reduce":
      return emitReduce(emit, step);
    case "argmax":
      return emitArgmax(emit, step);
    case "matmul":
      if (!isVecmat(step)) return emitMatmul(emit, step);
      return step.b.strides.at(-1) === 1 ? emitVecmat(emit, step) : emitDots(emit, step);
    case "own":
      return step.emit(emit);
    case "pack":
      return emitPack(emit, step);
    case "gather":
      return emitGather(emit, step);
    case "scatter":
      return emitScatter(emit, step);
  }
}

const isVecmat = ({ a, to, packed }: MatmulStep): boolean =>
  !packed && to.shape.at(-2) === 1 && (a.shape.at(-1) as number) > 0;

/** Nothing to write: the result has no elements. */
function isEmpty(step: LeafStep): boolean {
  switch (step.kind) {
    case "map":
      return sizeOf(step.shape) === 0;
    case "scatter":
      return sizeOf(step.updates.shape) === 0;
    case "pack":
      return sizeOf(step.from.shape) === 0;
    case "own":
      return sizeOf((step.writes[0] as View).shape) === 0;
    default:
      return sizeOf(step.to.shape) === 0;
  }
}

function pushAddress(
  code: Code,
  plan: Plan,
  { buffer, dtype, offset, steps }: View,
  arena: Local,
  counters: ReadonlyMap<Loop, Local>,
): void {
  const size = byteSize(dtype);
  const { pointer, offset: start } = plan.address(buffer);
  code.get(arena);
  if (pointer !== undefined) code.memory("i32.load", pointer);
  code.i32(start + offset * size).op("i32.add");
  for (const { loop, stride } of steps) {
    if (stride === 0) continue;
    code
      .get(counters.get(loop) as Local)
      .i32(stride * size)
      .op("i32.mul")
      .op("i32.add");
  }
}

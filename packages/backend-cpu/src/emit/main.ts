import { byteSize, sizeOf } from "@throughtime/core";
import { HOST_IMPORTS } from "../math/host.js";
import type { Plan } from "../plan/plan.js";
import type { LeafStep, MatmulStep, Step } from "../plan/steps.js";
import type { Loop, View } from "../plan/view.js";
import type { Code, ConstantPool, Local } from "../wasm/code.js";
import { Module } from "../wasm/module.js";
import { emitArgmax } from "./argmax.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { emitMap } from "./map.js";
import { emitMatmul } from "./matmul.js";
import { emitPack } from "./pack.js";
import { emitReduce } from "./reduce.js";
import { emitGather, emitScatter } from "./rows.js";
import { emitVecmat } from "./vecmat.js";

/** Ops that check their indices, and the bit by which the module says that one was out of range. */
export const CHECKED: Readonly<Record<string, number>> = { gather: 1, scatterAdd: 2 };

/**
 * A plan as a module that exports `run(arena) → error bits`. Each step is a function of addresses; `run` works out the
 * addresses and calls them, and a scan is a loop in it.
 */
export function emitModule(plan: Plan, relaxed: boolean, pool: ConstantPool): Uint8Array<ArrayBuffer> {
  const module = new Module(HOST_IMPORTS, pool);
  const emit: Emit = { module, relaxed };
  const calls = new Map<LeafStep, Call>();
  const prepare = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === "loop") prepare(step.body);
      else if (!isEmpty(step)) calls.set(step, emitStep(emit, step));
    }
  };
  prepare(plan.steps);
  const run = module.add(["i32"], ["i32"], (code) => {
    const [arena] = code.params as [Local];
    const errors = code.local("i32");
    const counters = new Map<Loop, Local>();
    const write = (steps: readonly Step[]): void => {
      for (const step of steps) {
        if (step.kind === "loop") {
          const { length, reverse } = step.loop;
          const counter = code.local("i32");
          counters.set(step.loop, counter);
          code.i32(reverse ? length - 1 : 0).set(counter);
          code.times(length, () => {
            write(step.body);
            code.advance(counter, reverse ? -1 : 1);
          });
          code.release(counter);
          continue;
        }
        const call = calls.get(step);
        if (!call) continue;
        for (const view of call.operands) pushAddress(code, plan, view, arena, counters);
        code.call(call.index);
        if (!call.checks) continue;
        const bad = code.local("i32");
        code
          .i32(CHECKED[call.checks] as number)
          .op("i32.mul")
          .set(bad);
        code.get(errors).get(bad).op("i32.or").set(errors).release(bad);
      }
    };
    write(plan.steps);
    code.get(errors);
  });
  module.export("run", run);
  return module.finish();
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
      return isVecmat(step) ? emitVecmat(emit, step) : emitMatmul(emit, step);
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

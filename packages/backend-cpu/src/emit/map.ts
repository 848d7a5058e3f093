import { byteSize } from "@throughtime/core";
import { type Expression, loadsOf, type MapStep } from "../plan/steps.js";
import type { View } from "../plan/view.js";
import type { Code, Local } from "../wasm/code.js";
import { type Axis, collapse } from "./axes.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";
import { emitLanes } from "./lanes.js";
import { nest } from "./nest.js";
import { loadLanes, storeLanes } from "./vectors.js";

/** Where a view's elements are found: a pointer that several views may share, and a distance from it in bytes. */
interface Access {
  readonly pointer: number;
  readonly distance: number;
}

interface Accesses {
  readonly of: ReadonlyMap<View, Access>;
  /** What the pointers point to at first. */
  readonly pointers: readonly View[];
}

/** A fused elementwise loop as a function of its operands' addresses. */
export function emitMap(emit: Emit, step: MapStep): Call {
  const loads = loadsOf(step.stores.map(({ value }) => value));
  const { of, pointers } = accesses([...loads, ...step.stores.map(({ view }) => view)]);
  const strides = pointers.map((view) => view.strides.map((stride) => stride * byteSize(view.dtype)));
  const axes = collapse(step.shape, strides);
  const inner = axes.at(-1) ?? { size: 1, strides: pointers.map(() => 0) };
  const index = emit.module.add(
    pointers.map(() => "i32"),
    [],
    (code) => {
      nest(code, axes.slice(0, -1), code.params, () => emitInner(emit, code, step, loads, of, inner));
    },
  );
  return { index, operands: pointers };
}

/** Views of one buffer that differ only in where they begin share a pointer. */
function accesses(views: readonly View[]): Accesses {
  const groups = new Map<string, View[]>();
  for (const view of new Set(views)) {
    const steps = view.steps.map(({ loop, stride }) => `${loop.id}:${stride}`);
    const key = [view.buffer.id, view.dtype, steps, view.strides].join("|");
    groups.set(key, [...(groups.get(key) ?? []), view]);
  }
  const of = new Map<View, Access>();
  const pointers = [...groups.values()].map((group, pointer) => {
    const first = group.reduce((a, b) => (b.offset < a.offset ? b : a));
    for (const view of group) {
      of.set(view, { pointer, distance: (view.offset - first.offset) * byteSize(view.dtype) });
    }
    return first;
  });
  return { of, pointers };
}

/** The innermost axis: four elements at a time, then one at a time by the same instructions. */
function emitInner(
  emit: Emit,
  code: Code,
  { stores }: MapStep,
  loads: readonly View[],
  of: ReadonlyMap<View, Access>,
  { size, strides }: Axis,
): void {
  const at = (view: View): { local: Local; distance: number; stride: number } => {
    const { pointer, distance } = of.get(view) as Access;
    return { local: code.params[pointer] as Local, distance, stride: strides[pointer] as number };
  };
  const load = (view: View, width: 1 | 4): void => {
    const { local, distance, stride } = at(view);
    loadLanes(code, local, distance, stride, view.dtype, width);
  };
  // What stays the same along the axis is read once.
  const still = new Map<View, Local>();
  for (const view of loads) {
    if (at(view).stride !== 0) continue;
    const local = code.local("v128");
    load(view, 4);
    code.set(local);
    still.set(view, local);
  }
  for (const [width, count] of [
    [4, Math.floor(size / 4)],
    [1, size % 4],
  ] as const) {
    code.times(count, () => {
      emitStores(emit, code, stores, width, load, still, at);
      code.params.forEach((pointer, i) => void code.advance(pointer, width * (strides[i] as number)));
    });
  }
  code.params.forEach((pointer, i) => void code.advance(pointer, -size * (strides[i] as number)));
  for (const local of still.values()) code.release(local);
}

function emitStores(
  emit: Emit,
  code: Code,
  stores: MapStep["stores"],
  width: 1 | 4,
  load: (view: View, width: 1 | 4) => void,
  still: ReadonlyMap<View, Local>,
  at: (view: View) => { local: Local; distance: number; stride: number },
): void {
  const uses = countUses(stores.map(({ value }) => value));
  const kept = new Map<Expression, Local>();
  const evaluate = (expression: Expression): void => {
    const known = kept.get(expression) ?? (expression.kind === "load" ? still.get(expression.view) : undefined);
    if (known) return void code.get(known);
    if (expression.kind === "constant") {
      const { dtype, value } = expression;
      if (dtype === "f32") code.f32x4(value);
      else code.i32x4(dtype === "bool" ? -value : value);
      return;
    }
    if (expression.kind === "load") load(expression.view, width);
    else {
      for (const operand of expression.operands) evaluate(operand);
      emitLanes(emit, code, expression, width);
    }
    if ((uses.get(expression) ?? 0) < 2) return;
    const local = code.local("v128");
    code.tee(local);
    kept.set(expression, local);
  };
  // All values before the first store, which may be over something that is read.
  const values = stores.map(({ value }) => {
    const local = code.local("v128");
    evaluate(value);
    code.set(local);
    return local;
  });
  stores.forEach(({ view }, i) => {
    const { local, distance, stride } = at(view);
    storeLanes(code, local, distance, stride, view.dtype, width, values[i] as Local);
  });
  for (const local of [...values, ...kept.values()]) code.release(local);
}

function countUses(roots: readonly Expression[]): ReadonlyMap<Expression, number> {
  const uses = new Map<Expression, number>();
  const visit = (expression: Expression): void => {
    const before = uses.get(expression) ?? 0;
    uses.set(expression, before + 1);
    if (before === 0 && expression.kind === "apply") for (const operand of expression.operands) visit(operand);
  };
  for (const root of roots) visit(root);
  return uses;
}

import type { Call } from "../emit/call.js";
import type { Emit } from "../emit/context.js";
import type { PackStep } from "./panels.js";
import type { Buffer, Loop, View } from "./view.js";

/** What one lane of an elementwise loop computes. Bools are masks: all bits of a lane, or none. */
export type Expression =
  | { readonly kind: "load"; readonly view: View }
  | { readonly kind: "constant"; readonly dtype: "f32" | "i32" | "bool"; readonly value: number }
  | {
      readonly kind: "apply";
      readonly op: string;
      /** The operands' dtype tells an op's two meanings apart. */
      readonly from: "f32" | "i32" | "bool";
      readonly to: "f32" | "i32" | "bool";
      readonly operands: readonly Expression[];
    };

/** One loop over `shape` that computes and stores several values of that shape. */
export interface MapStep {
  readonly kind: "map";
  readonly shape: readonly number[];
  readonly stores: readonly { readonly view: View; readonly value: Expression }[];
}

/** to = Σ or max of from over its last `reduced` axes; the axes before them are those of `to`. */
export interface ReduceStep {
  readonly kind: "reduce";
  readonly op: "sum" | "max";
  readonly from: View;
  readonly to: View;
  readonly reduced: number;
}

/** to[…] = the first place along from's last axis where it is largest. */
export interface ArgmaxStep {
  readonly kind: "argmax";
  readonly from: View;
  readonly to: View;
}

/** to […, M, P] = a […, M, K] · b, as a rule in panels (see PackStep); a may be transposed. */
export interface MatmulStep {
  readonly kind: "matmul";
  readonly a: View;
  readonly b: View;
  readonly to: View;
  /** The register tile's width, and the panels', in vectors of four. */
  readonly vectors: number;
  /** Whether b is in panels, or […, K, P] as it lies. */
  readonly packed: boolean;
}

/** to[i] = from[indices[i]]; all contiguous, rows of `width` elements. */
export interface GatherStep {
  readonly kind: "gather";
  readonly from: View;
  readonly indices: View;
  readonly to: View;
}

/** to[indices[i]] += updates[i]; all contiguous. */
export interface ScatterStep {
  readonly kind: "scatter";
  readonly to: View;
  readonly indices: View;
  readonly updates: View;
}

/** The steps of a scan's body, `loop.length` times. */
export interface LoopStep<Body> {
  readonly kind: "loop";
  readonly loop: Loop;
  readonly body: readonly Body[];
}

/** A step that says for itself what tables say of others, so that all that belongs to it stands in one place. */
export interface OwnStep {
  readonly kind: "own";
  readonly name: string;
  readonly reads: readonly View[];
  readonly writes: readonly View[];
  /** Roughly, in nanoseconds. */
  readonly cost: number;
  /** Those that are better for the caches come first. */
  cuts(): readonly Cut[];
  emit(emit: Emit): Call;
}

/** An axis along which a step can be cut for several threads, between every `unit` elements. */
export interface Cut {
  readonly size: number;
  readonly unit: number;
  take(start: number, end: number, thread: number): LeafStep;
}

export type LeafStep = MapStep | ReduceStep | ArgmaxStep | MatmulStep | PackStep | GatherStep | ScatterStep | OwnStep;

/** One step in parts that threads run at the same time, part i by thread i. */
export interface SplitStep {
  readonly kind: "split";
  readonly parts: readonly LeafStep[];
}

/** What a Program is lowered to; then, for several threads, some of it is split. */
export type Step = LeafStep | LoopStep<Step>;
export type ThreadedStep = LeafStep | SplitStep | LoopStep<ThreadedStep>;

/** All loads of an expression, each once. */
export function loadsOf(expressions: readonly Expression[]): View[] {
  const seen = new Set<Expression>();
  const views = new Set<View>();
  const pending = [...expressions];
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (seen.has(each)) continue;
    seen.add(each);
    if (each.kind === "load") views.add(each.view);
    if (each.kind === "apply") for (const operand of each.operands) pending.push(operand);
  }
  return [...views];
}

/** The buffers that a step reads and those that it writes. */
export function touches(step: LeafStep): { readonly reads: readonly Buffer[]; readonly writes: readonly Buffer[] } {
  const buffers = (views: readonly View[]) => views.map(({ buffer }) => buffer);
  switch (step.kind) {
    case "map":
      return {
        reads: buffers(loadsOf(step.stores.map(({ value }) => value))),
        writes: buffers(step.stores.map(({ view }) => view)),
      };
    case "matmul":
      return { reads: buffers([step.a, step.b]), writes: [step.to.buffer] };
    case "own":
      return { reads: buffers(step.reads), writes: buffers(step.writes) };
    case "gather":
      return { reads: buffers([step.from, step.indices]), writes: [step.to.buffer] };
    case "scatter":
      return { reads: buffers([step.to, step.indices, step.updates]), writes: [step.to.buffer] };
    default:
      return { reads: [step.from.buffer], writes: [step.to.buffer] };
  }
}

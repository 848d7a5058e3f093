import type { Machine } from "../machine/machine.js";
import { costOf } from "./cost.js";
import type { Cut, Expression, LeafStep, MapStep, Step, ThreadedStep } from "./steps.js";
import { sliceView, type View } from "./view.js";

export const ROWS_PER_TILE = 6;

/** How many there are, and for how many nanoseconds of work each takes part in a step. */
export type Threads = Pick<Machine, "threads" | "worth">;

/**
 * Long steps as parts, one for each thread, that write different elements: each element is computed as it was, so that the
 * result is the same, bit for bit, for any number of threads.
 */
export function splitSteps(steps: readonly Step[], { threads, worth }: Threads): readonly ThreadedStep[] {
  if (threads === 1) return steps;
  return steps.map((step): ThreadedStep => {
    if (step.kind === "loop") return { ...step, body: splitSteps(step.body, { threads, worth }) };
    if (costOf(step) < worth * threads) return step;
    const parts = partsOf(step, threads);
    return parts ? { kind: "split", parts } : step;
  });
}

export const isSplit = (step: ThreadedStep): boolean =>
  step.kind === "split" || (step.kind === "loop" && step.body.some(isSplit));

/** A cut along an axis of a view. */
export const cutAlong = (view: View, axis: number, unit: number, take: Cut["take"]): Cut => ({
  size: view.shape[axis] as number,
  unit,
  take,
});

function partsOf(step: LeafStep, threads: number): readonly LeafStep[] | undefined {
  let best: { cut: Cut; share: number } | undefined;
  for (const cut of cutsOf(step)) {
    const units = Math.ceil(cut.size / cut.unit);
    // What the busiest thread gets.
    const share = Math.ceil(units / threads) / units;
    if (units >= threads && share < (best?.share ?? 1) - 0.05) best = { cut, share };
  }
  if (!best) return undefined;
  const { cut } = best;
  const units = Math.ceil(cut.size / cut.unit);
  const at = (thread: number) => Math.min(cut.size, Math.floor((thread * units) / threads) * cut.unit);
  return Array.from({ length: threads }, (_, thread) => cut.take(at(thread), at(thread + 1), thread));
}

/** Those that are better for the caches come first. */
function cutsOf(step: LeafStep): readonly Cut[] {
  switch (step.kind) {
    case "own":
      return step.cuts();
    case "map":
      return step.shape.map((size, axis) => ({
        size,
        unit: axis === step.shape.length - 1 ? 4 : 1,
        take: (start, end) => sliceMap(step, axis, start, end),
      }));
    case "matmul": {
      const { a, b, to, vectors, packed } = step;
      const rank = to.shape.length;
      const [rows, columns] = [rank - 2, rank - 1];
      const width = 4 * vectors;
      const panel = (start: number, end: number): View =>
        packed ? sliceView(b, rows, start / width, Math.ceil(end / width)) : sliceView(b, columns, start, end);
      return [
        cutAlong(to, columns, width, (start, end) => ({
          ...step,
          b: panel(start, end),
          to: sliceView(to, columns, start, end),
        })),
        ...[...to.shape.keys()].slice(0, -2).map((axis) =>
          cutAlong(to, axis, 1, (start, end) => ({
            ...step,
            a: sliceView(a, axis, start, end),
            b: sliceView(b, axis, start, end),
            to: sliceView(to, axis, start, end),
          })),
        ),
        cutAlong(to, rows, ROWS_PER_TILE, (start, end) => ({
          ...step,
          a: sliceView(a, rows, start, end),
          to: sliceView(to, rows, start, end),
        })),
      ];
    }
    case "pack": {
      const { from, to, vectors } = step;
      const columns = from.shape.length - 1;
      const width = 4 * vectors;
      return [
        cutAlong(from, columns, width, (start, end) => ({
          ...step,
          from: sliceView(from, columns, start, end),
          to: sliceView(to, columns - 1, start / width, Math.ceil(end / width)),
        })),
        ...[...from.shape.keys()].slice(0, -2).map((axis) =>
          cutAlong(from, axis, 1, (start, end) => ({
            ...step,
            from: sliceView(from, axis, start, end),
            to: sliceView(to, axis, start, end),
          })),
        ),
      ];
    }
    case "reduce":
      return step.to.shape.map((_, axis) =>
        cutAlong(step.to, axis, axis === step.to.shape.length - 1 ? 16 : 1, (start, end) => ({
          ...step,
          from: sliceView(step.from, axis, start, end),
          to: sliceView(step.to, axis, start, end),
        })),
      );
    case "gather":
      if (step.indices.shape.length === 0) return [];
      return [
        cutAlong(step.indices, 0, 1, (start, end) => ({
          ...step,
          indices: sliceView(step.indices, 0, start, end),
          to: sliceView(step.to, 0, start, end),
        })),
      ];
    default:
      return [];
  }
}

function sliceMap({ shape, stores }: MapStep, axis: number, start: number, end: number): MapStep {
  const known = new Map<Expression, Expression>();
  const slice = (expression: Expression): Expression => {
    const before = known.get(expression);
    if (before) return before;
    const sliced = sliceOnce(expression);
    known.set(expression, sliced);
    return sliced;
  };
  const sliceOnce = (expression: Expression): Expression => {
    if (expression.kind === "load") return { ...expression, view: sliceView(expression.view, axis, start, end) };
    if (expression.kind === "apply") return { ...expression, operands: expression.operands.map(slice) };
    return expression;
  };
  return {
    kind: "map",
    shape: shape.map((size, i) => (i === axis ? end - start : size)),
    stores: stores.map(({ view, value }) => ({ view: sliceView(view, axis, start, end), value: slice(value) })),
  };
}

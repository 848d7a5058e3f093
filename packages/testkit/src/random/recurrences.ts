import { concat, type Dim, matmul, sameShape, scan, slice, type Tensor, tanh } from "@throughtime/core";
import { binaryStep, sumOfProductsStep, unaryStep } from "./elementwise.js";
import { gateStep } from "./gates.js";
import { joined, moved } from "./moves.js";
import { type Entry, FEATURES, HIDDEN, keep, newInput, pick, pickShape, type Scope, squash } from "./scope.js";
import { weightFor } from "./structural.js";

/** What the bodies of cells are made of, and nothing else: backends lay such loops out in their own way. */
const PIECES: readonly (readonly [number, (scope: Scope) => void])[] = [
  [2, unaryStep],
  [3, binaryStep],
  [2, sumOfProductsStep],
  [3, gateStep],
  [2, weightStep],
  [1, partsStep],
];

/**
 * A loop as cells make it: states [B, H], of which one goes through a weight, per step and over time; and its results moved
 * about, as layers and losses do.
 */
export function recurrenceStep(scope: Scope): void {
  const { draws, world } = scope;
  const fits = ({ tensor: { shape } }: Entry) => shape.length === 3 && sameShape(shape.slice(1, 2), [world.B]);
  const x = draws.chance(0.7)
    ? squash(scope, pick(scope, fits) ?? newInput(scope, [world.T, world.B, FEATURES]))
    : undefined;
  const length: Dim = x ? (x.tensor.shape[0] as Dim) : draws.int(1, 3);
  const starts = Array.from({ length: draws.int(1, 2) }, () => squash(scope, pickShape(scope, [world.B, HIDDEN])));
  const U = weightFor(scope, HIDDEN, HIDDEN);
  const [last, ys] = scan(
    (states: Tensor[], rows: Tensor[]): [Tensor[], Tensor[]] => {
      const pool = [...states.map((tensor) => ({ tensor, bound: 2 })), ...rows.map((tensor) => ({ tensor, bound: 2 }))];
      const inner: Scope = { world, draws, outer: { ...scope, pool: [], exact: [] }, depth: 0, pool, exact: [] };
      keep(inner, matmul(states[0] as Tensor, U.tensor), 4);
      const pieces = draws.int(1, 4);
      for (let i = 0; i < pieces; i++) draws.weighted(PIECES)(inner);
      const next = states.map((state) => {
        const found = pick(inner, ({ tensor }) => tensor !== state && sameShape(tensor.shape, state.shape));
        return tanh((found as Entry).tensor);
      });
      return [next, [next[0] as Tensor, squash(inner, inner.pool.at(-1) as Entry).tensor]];
    },
    starts.map(({ tensor }) => tensor),
    x ? [x.tensor] : [],
    { length, reverse: draws.chance(0.4) },
  );
  for (const result of [...last, ...ys]) {
    const bound = 2;
    keep(scope, result, bound);
    if (draws.chance(0.6)) moveStep(scope);
  }
}

/** A tame value moved about or joined with others. */
export function moveStep(scope: Scope): void {
  const entry = pick(scope, ({ tensor }) => tensor.shape.length > 0);
  if (!entry) return;
  const others = scope.pool.filter(({ bound }) => bound <= entry.bound).map(({ tensor }) => tensor);
  const result = scope.draws.chance(0.3) ? joined(scope, entry.tensor, others) : moved(scope, entry.tensor);
  if (result) keep(scope, result, Math.max(entry.bound, 1));
}

/** A product with a weight, and at times a part of it. */
function weightStep(scope: Scope): void {
  const x = pick(scope, ({ tensor }) => tensor.shape.length === 2);
  if (!x) return;
  const small = squash(scope, x);
  const w = weightFor(scope, small.tensor.shape[1] as Dim, 2 * HIDDEN);
  const z = matmul(small.tensor, w.tensor);
  keep(scope, scope.draws.chance(0.5) ? z : slice(z, { axis: 1, end: HIDDEN }), 8);
}

/** Parts of a row, in another order. */
function partsStep(scope: Scope): void {
  const x = pick(scope, ({ tensor }) => tensor.shape.length === 2 && typeof tensor.shape[1] === "number");
  const width = x?.tensor.shape[1] as number;
  if (!x || width < 2) return;
  const cut = scope.draws.int(1, width - 1);
  keep(
    scope,
    concat([slice(x.tensor, { axis: 1, start: cut }), slice(x.tensor, { axis: 1, end: cut })], { axis: 1 }),
    x.bound,
  );
}

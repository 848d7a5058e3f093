import {
  add,
  type Dim,
  expandDims,
  matmul,
  mul,
  reshape,
  sameShape,
  softmax,
  squeeze,
  sum,
  tanh,
} from "@throughtime/core";
import { type Entry, keep, newInput, pick, type Scope, squash } from "./scope.js";
import { productBound, weightFor } from "./structural.js";

/**
 * Additive attention: a row [B, K] beside each of S entries of a memory [B, S, K], which in a loop is mostly the same at every step. S
 * is large enough, or named, for passes to make [B, S, K] again where they would keep other values.
 */
export function lookStep(scope: Scope): void {
  const { draws, world } = scope;
  const fits = ({ tensor: { shape } }: Entry) =>
    shape.length === 2 && sameShape(shape.slice(0, 1), [world.B]) && typeof shape[1] === "number";
  const found = pick(scope, fits);
  if (!found) return;
  const query = squash(scope, found);
  const K = query.tensor.shape[1] as number;
  const S = draws.one<Dim>([9, 12, world.B, world.T]);
  const known = draws.chance(0.5) && pick(scope, ({ tensor }) => sameShape(tensor.shape, [world.B, S, K]));
  const memory = squash(scope, known || newInput(scope, [world.B, S, K]));
  const hidden = { tensor: tanh(add(memory.tensor, expandDims(query.tensor, { axis: 1 }))), bound: 1 };
  const v = weightFor(scope, K, 1);
  const scores = draws.chance(0.6)
    ? squeeze(matmul(hidden.tensor, v.tensor), { axis: 2 })
    : sum(mul(hidden.tensor, reshape(v.tensor, [K])), { axis: 2 });
  const weights = softmax(mul(scores, 1 / Math.max(1, productBound(scope, hidden, v, K)))); // [B, S]
  const read = draws.chance(0.7) ? memory : hidden;
  keep(scope, squeeze(matmul(expandDims(weights, { axis: 1 }), read.tensor), { axis: 1 }), read.bound);
  if (draws.chance(0.3)) keep(scope, weights, 1);
  if (draws.chance(0.2)) keep(scope, hidden.tensor, 1);
}

import { sizeOf } from "@throughtime/core";
import { type Expression, type LeafStep, loadsOf, type Step } from "./steps.js";
import type { View } from "./view.js";

/** Instructions per four lanes of ops that take many; of all others one. */
const HEAVY: Readonly<Record<string, number>> = {
  cos: 100,
  div: 4,
  erf: 60,
  exp: 16,
  log: 30,
  log1p: 100,
  pow: 100,
  sigmoid: 22,
  sin: 100,
  sqrt: 4,
  tanh: 35,
};

/** Roughly how many nanoseconds a step takes: to tell the long from the short, no more. */
export function costOf(step: Step): number {
  switch (step.kind) {
    case "loop":
      return step.loop.length * totalCost(step.body);
    default:
      return leafCost(step);
  }
}

export const totalCost = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + costOf(step), 0);

/** Of a product with `steps` sums for each element. */
export const costOfProduct = ({ shape }: View, steps: number): number => (sizeOf(shape) * steps) / 15;

function leafCost(step: LeafStep): number {
  switch (step.kind) {
    case "map": {
      const values = step.stores.map(({ value }) => value);
      return (sizeOf(step.shape) / 4) * (0.3 * opsOf(values) + 0.5 * (loadsOf(values).length + values.length));
    }
    case "matmul":
      return costOfProduct(step.to, step.a.shape.at(-1) as number);
    case "own":
      return step.cost;
    case "scatter":
      return sizeOf(step.updates.shape) / 4;
    case "gather":
      return sizeOf(step.to.shape) / 4;
    default:
      return sizeOf(step.from.shape) / 2;
  }
}

function opsOf(roots: readonly Expression[]): number {
  const seen = new Set<Expression>();
  let sum = 0;
  const visit = (expression: Expression): void => {
    if (expression.kind !== "apply" || seen.has(expression)) return;
    seen.add(expression);
    sum += HEAVY[expression.op] ?? 1;
    expression.operands.forEach(visit);
  };
  roots.forEach(visit);
  return sum;
}

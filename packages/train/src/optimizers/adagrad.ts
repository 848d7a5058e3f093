import { add, div, fullArray, mul, optionsOf, sqrt, sub, type Tensor } from "@throughtime/core";
import { requireRange } from "../check.js";
import type { Group } from "./groups.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";

export interface AdagradHyper {
  /** The rate is divided by 1 + (step − 1) · learningRateDecay. Default 0. */
  readonly learningRateDecay: number;
  /** What the sum of squares starts from. Default 0. */
  readonly initialAccumulator: number;
  /** ε, added to the root. Default 1e-10. */
  readonly epsilon: number;
  /** L2: adds weightDecay · p to the gradient. Default 0. */
  readonly weightDecay: number;
}

export interface AdagradOptions extends Partial<AdagradHyper> {
  /** Default 0.01. */
  readonly learningRate?: number;
  readonly groups?: readonly Group<AdagradHyper>[];
}

const OPTIONS = [
  "learningRate",
  "groups",
  "learningRateDecay",
  "initialAccumulator",
  "epsilon",
  "weightDecay",
] as const;

/**
 * Adagrad (Duchi, Hazan & Singer 2011), as PyTorch has it:
 *
 *     G ← G + g²        p ← p − lr·g / (√G + ε)
 *
 * Throws OptionError where an option is out of range.
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  optionsOf("adagrad", options, ...OPTIONS);
  const { learningRate = 0.01, learningRateDecay = 0, initialAccumulator = 0, epsilon = 1e-10 } = options;
  const { weightDecay = 0, groups = [] } = options;
  requireRange("adagrad", "learningRateDecay", learningRateDecay, 0);
  requireRange("adagrad", "initialAccumulator", initialAccumulator, 0);
  requireRange("adagrad", "epsilon", epsilon, 0);
  requireRange("adagrad", "weightDecay", weightDecay, 0);
  const hyper = { learningRateDecay, initialAccumulator, epsilon, weightDecay };
  return makeOptimizer<AdagradHyper>("adagrad", learningRate, hyper, groups, {
    init: ({ shape, dtype }, own) => ({ sum: fullArray(shape, own.initialAccumulator, dtype) }),
    update({ p, g: gradient, s, lr, t }, { learningRateDecay: slow, epsilon: eps, weightDecay: decay }) {
      const g = decay > 0 ? add(gradient, mul(p, decay)) : gradient;
      const sum = add(s.sum as Tensor, mul(g, g));
      const rate = slow > 0 ? div(lr, add(1, mul(sub(t, 1), slow))) : lr;
      return { p: sub(p, mul(rate, div(g, add(sqrt(sum), eps)))), s: { sum } };
    },
  });
}

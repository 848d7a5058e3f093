import { add, div, mul, optionsOf, sqrt, sub, type Tensor } from "@throughtime/core";
import { requireRange } from "../check.js";
import type { Group } from "./groups.js";
import { makeOptimizer, type Optimizer, zerosLike } from "./optimizer.js";

export interface RmspropHyper {
  /** α: how much of the running mean of squares is kept, in [0, 1). Default 0.99. */
  readonly alpha: number;
  /** ε, added to the root. Default 1e-8. */
  readonly epsilon: number;
  /** μ: how much of the last step's velocity is kept, in [0, 1). Default 0. */
  readonly momentum: number;
  /** Divide by the gradient's variance instead of its square (Graves 2013). Default false. */
  readonly centered: boolean;
  /** L2: adds weightDecay · p to the gradient. Default 0. */
  readonly weightDecay: number;
}

export interface RmspropOptions extends Partial<RmspropHyper> {
  /** Default 0.01. */
  readonly learningRate?: number;
  readonly groups?: readonly Group<RmspropHyper>[];
}

const OPTIONS = ["learningRate", "groups", "alpha", "epsilon", "momentum", "centered", "weightDecay"] as const;

/**
 * RMSprop (Tieleman & Hinton 2012; centered: Graves 2013), as PyTorch has it:
 *
 *     v ← α·v + (1 − α)·g²        p ← p − lr·g / (√v + ε)
 *
 * Throws OptionError where an option is out of range.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  optionsOf("rmsprop", options, ...OPTIONS);
  const { learningRate = 0.01, alpha = 0.99, epsilon = 1e-8, momentum = 0, centered = false } = options;
  const { weightDecay = 0, groups = [] } = options;
  requireRange("rmsprop", "alpha", alpha, 0, 1);
  requireRange("rmsprop", "epsilon", epsilon, 0);
  requireRange("rmsprop", "momentum", momentum, 0, 1);
  requireRange("rmsprop", "weightDecay", weightDecay, 0);
  const hyper = { alpha, epsilon, momentum, centered, weightDecay };
  return makeOptimizer<RmspropHyper>("rmsprop", learningRate, hyper, groups, {
    init: (leaf, own) => ({
      v: zerosLike(leaf),
      ...(own.centered ? { mean: zerosLike(leaf) } : {}),
      ...(own.momentum > 0 ? { velocity: zerosLike(leaf) } : {}),
    }),
    update({ p, g: gradient, s, lr }, { alpha: a, epsilon: eps, momentum: mu, weightDecay: decay }) {
      const g = decay > 0 ? add(gradient, mul(p, decay)) : gradient;
      const v = add(mul(s.v as Tensor, a), mul(mul(g, g), 1 - a));
      const mean = s.mean && add(mul(s.mean, a), mul(g, 1 - a));
      const direction = div(g, add(sqrt(mean ? sub(v, mul(mean, mean)) : v), eps));
      const velocity = s.velocity && add(mul(s.velocity, mu), direction);
      return {
        p: sub(p, mul(lr, velocity ?? direction)),
        s: { v, ...(mean ? { mean } : {}), ...(velocity ? { velocity } : {}) },
      };
    },
  });
}

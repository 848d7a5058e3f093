import { add, mul, optionsOf, sub } from "@throughtime/core";
import { requireRange } from "../check.js";
import type { Group } from "./groups.js";
import { makeOptimizer, type Optimizer, zerosLike } from "./optimizer.js";

export interface SgdHyper {
  /** μ: how much of the last step's velocity is kept, in [0, 1). Default 0. */
  readonly momentum: number;
  /** Look ahead along the velocity (Sutskever et al. 2013). Default false. */
  readonly nesterov: boolean;
  /** L2: adds weightDecay · p to the gradient. Default 0. */
  readonly weightDecay: number;
}

export interface SgdOptions extends Partial<SgdHyper> {
  readonly learningRate: number;
  readonly groups?: readonly Group<SgdHyper>[];
}

/**
 * Stochastic gradient descent with momentum (Polyak 1964) or Nesterov's form of it, as PyTorch has them:
 *
 *     v ← μ·v + g        p ← p − lr·v        (Nesterov: p ← p − lr·(g + μ·v))
 *
 * Throws OptionError where an option is out of range.
 */
export function sgd(options: SgdOptions): Optimizer {
  optionsOf("sgd", options, "learningRate", "groups", "momentum", "nesterov", "weightDecay");
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0, groups = [] } = options;
  requireRange("sgd", "momentum", momentum, 0, 1);
  requireRange("sgd", "weightDecay", weightDecay, 0);
  return makeOptimizer<SgdHyper>("sgd", learningRate, { momentum, nesterov, weightDecay }, groups, {
    init: (leaf, { momentum: mu }) => (mu > 0 ? { velocity: zerosLike(leaf) } : {}),
    update({ p, g: gradient, s, lr }, { momentum: mu, nesterov: ahead, weightDecay: decay }) {
      const g = decay > 0 ? add(gradient, mul(p, decay)) : gradient;
      if (!s.velocity) return { p: sub(p, mul(lr, g)), s };
      const velocity = add(mul(s.velocity, mu), g);
      return { p: sub(p, mul(lr, ahead ? add(g, mul(velocity, mu)) : velocity)), s: { velocity } };
    },
  });
}

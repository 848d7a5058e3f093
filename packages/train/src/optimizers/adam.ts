import { add, mul, optionsOf } from "@throughtime/core";
import type { Group } from "./groups.js";
import { ADAM_OPTIONS, type AdamHyper, adamHyper, adamInit, adamStep } from "./moments.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";

export interface AdamOptions extends Partial<AdamHyper> {
  /** Default 0.001. */
  readonly learningRate?: number;
  readonly groups?: readonly Group<AdamHyper>[];
}

/**
 * Adam (Kingma & Ba 2015), as PyTorch has it. A weight decay is L2: it is added to the gradient (see adamw for the
 * decoupled one).
 *
 *     m ← β₁·m + (1 − β₁)·g        v ← β₂·v + (1 − β₂)·g²
 *     p ← p − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0. Throws OptionError where an option
 * is out of range.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate = 0.001, groups = [], ...own } = optionsOf("adam", options, ...ADAM_OPTIONS);
  return makeOptimizer<AdamHyper>("adam", learningRate, adamHyper("adam", own, 0), groups, {
    init: adamInit,
    update(leaf, hyper) {
      const { p, g } = leaf;
      return adamStep({ ...leaf, g: hyper.weightDecay > 0 ? add(g, mul(p, hyper.weightDecay)) : g }, hyper);
    },
  });
}

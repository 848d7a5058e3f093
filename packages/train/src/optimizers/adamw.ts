import { mul, optionsOf, sub } from "@throughtime/core";
import type { AdamOptions } from "./adam.js";
import { ADAM_OPTIONS, type AdamHyper, adamHyper, adamInit, adamStep } from "./moments.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";

export type AdamwOptions = AdamOptions;

/**
 * AdamW (Loshchilov & Hutter 2019), as PyTorch has it: Adam, with a weight decay that acts on the parameters themselves
 * and not through the gradient's moments.
 *
 *     p ← p − lr·λ·p        then Adam's step
 *
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay λ 0.01. Throws OptionError where an
 * option is out of range.
 */
export function adamw(options: AdamwOptions = {}): Optimizer {
  const { learningRate = 0.001, groups = [], ...own } = optionsOf("adamw", options, ...ADAM_OPTIONS);
  return makeOptimizer<AdamHyper>("adamw", learningRate, adamHyper("adamw", own, 0.01), groups, {
    init: adamInit,
    update(leaf, hyper) {
      const { p, lr } = leaf;
      const decayed = hyper.weightDecay > 0 ? mul(p, sub(1, mul(lr, hyper.weightDecay))) : p;
      return adamStep({ ...leaf, p: decayed }, hyper);
    },
  });
}

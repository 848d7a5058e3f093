import { add, constant, div, mul, type NdArray, scalar, sqrt, sub, type Tensor, tanh } from "@throughtime/core";
import { requireRange } from "../check.js";
import { type LeafState, type Rule, zerosLike } from "./optimizer.js";

/** What Adam and AdamW have in common. */
export interface AdamHyper {
  /** β₁: how much of the running mean of gradients is kept, in [0, 1). Default 0.9. */
  readonly beta1: number;
  /** β₂: how much of the running mean of squares is kept, in [0, 1). Default 0.999. */
  readonly beta2: number;
  /** ε, added to the root after the bias correction. Default 1e-8. */
  readonly epsilon: number;
  /** Default: 0 for adam, 0.01 for adamw. */
  readonly weightDecay: number;
}

/** The names of the options of both. */
export const ADAM_OPTIONS = ["learningRate", "groups", "beta1", "beta2", "epsilon", "weightDecay"] as const;

export function adamHyper(name: string, options: Partial<AdamHyper>, decay: number): AdamHyper {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = decay } = options;
  requireRange(name, "beta1", beta1, 0, 1);
  requireRange(name, "beta2", beta2, 0, 1);
  requireRange(name, "epsilon", epsilon, 0);
  requireRange(name, "weightDecay", weightDecay, 0);
  return { beta1, beta2, epsilon, weightDecay };
}

export const adamInit = (leaf: NdArray): Record<"m" | "v", NdArray> => ({ m: zerosLike(leaf), v: zerosLike(leaf) });

type Leaf = Parameters<Rule<AdamHyper>["update"]>[0];

/** Adam's step on one leaf, without weight decay. */
export function adamStep({ p, g, s, lr, t }: Leaf, hyper: AdamHyper): { readonly p: Tensor; readonly s: LeafState } {
  const { beta1, beta2, epsilon } = hyper;
  const m = add(mul(s.m as Tensor, beta1), mul(g, 1 - beta1));
  const v = add(mul(s.v as Tensor, beta2), mul(mul(g, g), 1 - beta2));
  // With both corrections in scalars (the reordering of section 2 of the paper) each costs no pass over the leaf.
  const root = sqrt(biasCorrection(beta2, t));
  const stepSize = div(mul(lr, root), biasCorrection(beta1, t));
  return { p: sub(p, mul(stepSize, div(m, add(sqrt(v), mul(root, epsilon))))), s: { m, v } };
}

/**
 * 1 − βᵗ, without the digits that the subtraction would lose in f32 while βᵗ is near 1:
 * with u = tanh(−t·ln β / 2) it is 2u / (1 + u).
 */
export function biasCorrection(beta: number, t: Tensor): Tensor {
  if (beta === 0) return constant(scalar(1, t.dtype));
  const u = tanh(mul(t, -Math.log(beta) / 2));
  return div(mul(2, u), add(1, u));
}

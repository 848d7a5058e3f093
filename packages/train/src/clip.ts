import {
  add,
  cast,
  div,
  flattenTree,
  isTensor,
  mapTree,
  maximum,
  minimum,
  mul,
  sqrt,
  sum,
  type Tensor,
  zeros,
} from "@throughtime/core";
import { requireRange } from "./check.js";

/** What is done to gradients before the update: a function over a tree of tensors and their global norm (a scalar). */
export type Clip = <G>(grads: G, norm: Tensor) => G;

/** √(Σ g²) over all leaves of a tree: a scalar of the first leaf's dtype; 0 for an empty tree. */
export function globalNorm(grads: unknown): Tensor {
  const { leaves } = flattenTree(grads, isTensor);
  const [first] = leaves;
  if (!first) return zeros([]);
  return sqrt(leaves.map((g) => cast(sum(mul(g, g)), first.dtype)).reduce((total, part) => add(total, part)));
}

/**
 * Scales all gradients by one factor so that their global norm is at most `max` (Pascanu, Mikolov & Bengio 2013). The
 * factor is min(1, max / (norm + 1e-6)), as in PyTorch. Throws OptionError unless max > 0.
 */
export function clipByNorm(max: number): Clip {
  requireRange("clipByNorm", "max", max, Number.MIN_VALUE);
  return (grads, norm) => {
    const factor = minimum(div(max, add(norm, 1e-6)), 1);
    return mapTree(grads, isTensor, (g) => mul(g, cast(factor, g.dtype))) as typeof grads;
  };
}

/** Limits every element of every gradient to [−limit, limit]. Throws OptionError unless limit > 0. */
export function clipByValue(limit: number): Clip {
  requireRange("clipByValue", "limit", limit, Number.MIN_VALUE);
  return (grads) => mapTree(grads, isTensor, (g) => minimum(maximum(g, -limit), limit)) as typeof grads;
}

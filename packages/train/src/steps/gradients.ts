import { valueAndGrad } from "@throughtime/core";
import { type Clip, globalNorm } from "../clip.js";
import type { Now, Optimizer } from "../optimizers/optimizer.js";
import { type AnyTree, merge } from "../trees.js";
import type { AnyLoss, LossInputs, StepState } from "./contract.js";
import { evaluateLoss, type LossValue } from "./evaluate-loss.js";

/** Forward and backward: the loss's value and its gradient by the parameters that train. */
export function lossAndGradients(
  loss: AnyLoss,
  trained: AnyTree,
  frozen: AnyTree,
  inputs: LossInputs<unknown, unknown, unknown>,
): [value: LossValue, grads: AnyTree] {
  return valueAndGrad((own) => evaluateLoss("train", loss, merge(own, frozen), inputs), trained);
}

/** Norm, clipping and the optimizer's update. */
export function applyGradients(
  { optimizer, clip }: { readonly optimizer: Optimizer; readonly clip?: Clip | undefined },
  state: Pick<StepState, "trained" | "optimizer">,
  grads: AnyTree,
  now: Now,
) {
  const gradientNorm = globalNorm(grads);
  const clipped = clip ? clip(grads, gradientNorm) : grads;
  const updated = optimizer.update(state.trained, clipped, state.optimizer, now);
  return { trained: updated.params, optimizer: updated.state, gradientNorm };
}

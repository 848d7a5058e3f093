import { matmul, relu, sigmoid, type Tensor, tanh } from "@throughtime/core";
import { requireOneOf } from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { cellOptions, type GatedCellOptions, gatedCell } from "./gated-cell.js";
import { plus } from "./plus.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { defineSequence } from "./sequence.js";

/** W: [D, H], U: [H, H], b: [H]; bh: [H], the second bias, where there are two. */
export type RnnParams = { W: Tensor; U: Tensor; b?: Tensor; bh?: Tensor };
export type RnnState = { h: Tensor };
export type RnnActivation = "tanh" | "relu" | "sigmoid";

export interface RnnOptions extends GatedCellOptions<RnnParams> {
  /** φ. Default "tanh". */
  readonly activation?: RnnActivation;
}

const ACTIVATIONS: Readonly<Record<RnnActivation, (x: Tensor) => Tensor>> = { tanh, relu, sigmoid };

/**
 * The simple recurrent network. Elman 1990, "Finding structure in time".
 *
 *     h' = φ(x·W + h·U + b)
 *
 * x: [B, D]; h: [B, H]; the output is h'. Throws OptionError where a size is not positive.
 */
export function rnn(options: RnnOptions): Cell<RnnParams, RnnState, RecurrentNoise> {
  const checked = cellOptions("rnn", options, "activation");
  const { activation = "tanh" } = checked;
  requireOneOf("rnn", { activation }, Object.keys(ACTIVATIONS));
  return gatedCell(checked, {
    gates: ["h"],
    variant: { activation },
    step: rnnStep(activation),
    sequence: rnnSequenceOp,
  });
}

const rnnStep =
  (activation: RnnActivation) =>
  ({ W, U, b, bh }: RnnParams, { h }: RnnState, x: Tensor, noise?: RecurrentNoise): [RnnState, Tensor] => {
    const hNext = ACTIVATIONS[activation](plus(matmul(x, W), b, matmul(maskedState(h, noise), U), bh)); // [B, H]
    return [{ h: hNext }, hNext];
  };

/** rnn over a sequence. State h [B, H]; weights W [D, H], U [H, H], b [H], bh [H]. */
export const rnnSequenceOp = defineSequence<{ readonly activation: RnnActivation }>("rnnSequence", ({ activation }) =>
  rnnStep(activation),
);

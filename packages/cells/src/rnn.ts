import { matmul, optionsOf, relu, sigmoid, splitKey, type Tensor, tanh, zeros } from "@throughtime/core";
import {
  glorotUniform,
  type Initializer,
  orthogonal,
  requireInitializers,
  requireParams,
  requirePositive,
  zerosInitializer,
} from "@throughtime/nn";
import { biased } from "./biased.js";
import type { Cell } from "./cell.js";
import type { Biases } from "./layout.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { defineSequence, type SequenceParams } from "./sequence.js";
import { unrollSteps } from "./unroll.js";

/** W: [D, H], U: [H, H], b: [H]; bh: [H], the second bias, where there are two. */
export type RnnParams = { W: Tensor; U: Tensor; b?: Tensor; bh?: Tensor };
export type RnnState = { h: Tensor };
export type RnnActivation = "tanh" | "relu" | "sigmoid";

export interface RnnOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** φ. Default "tanh". */
  readonly activation?: RnnActivation;
  /** How many biases there are. Default "one". */
  readonly biases?: Biases;
  /** How the parameters start. Default: W Glorot uniform, U orthogonal, biases zero. */
  readonly initializers?: {
    readonly W?: Initializer;
    readonly U?: Initializer;
    readonly b?: Initializer;
    readonly bh?: Initializer;
  };
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
  optionsOf("rnn", options, "inputSize", "hiddenSize", "activation", "biases", "initializers");
  const { inputSize, hiddenSize: H, activation = "tanh", biases = "one", initializers = {} } = options;
  requirePositive("rnn", { inputSize, hiddenSize: H });
  const { W = glorotUniform(), U = orthogonal(), b = zerosInitializer(), bh = zerosInitializer() } = initializers;
  const keys = ["W", "U", ...(biases === "none" ? [] : biases === "two" ? ["b", "bh"] : ["b"])];
  requireInitializers("rnn", initializers, keys);
  const step = rnnStep(activation);
  return {
    name: "rnn",
    inputSize,
    outputSize: H,
    stateMaskSize: H,
    layout: { kind: "rnn", inputSize, hiddenSize: H, biases, activation },
    init(key) {
      const [kW, kU, kb, kh] = splitKey(key, 4);
      return {
        W: W(kW, [inputSize, H]),
        U: U(kU, [H, H]),
        ...(biases === "none" ? {} : { b: b(kb, [H]) }),
        ...(biases === "two" ? { bh: bh(kh, [H]) } : {}),
      };
    },
    initialState: (batch) => ({ h: zeros([batch, H]) }),
    step: (params, ...rest) => step(requireParams("rnn", params, keys), ...rest),
    unroll(params, xs, options) {
      requireParams("rnn", params, keys);
      if (options.noise?.h) return unrollSteps({ step }, params, xs, options);
      return sequence.run({ activation }, params, xs, options);
    },
  };
}

const rnnStep =
  (activation: RnnActivation) =>
  ({ W, U, b, bh }: RnnParams, { h }: RnnState, x: Tensor, noise?: RecurrentNoise): [RnnState, Tensor] => {
    const hNext = ACTIVATIONS[activation](biased(matmul(x, W), b, matmul(maskedState(h, noise), U), bh)); // [B, H]
    return [{ h: hNext }, hNext];
  };

const sequence = defineSequence<{ readonly activation: RnnActivation }>(
  "rnnSequence",
  ["h"],
  ["W", "U", "b", "bh"],
  ({ activation }) => rnnStep(activation),
);

export type RnnSequenceParams = SequenceParams & { readonly activation: RnnActivation };

/**
 * rnn over a sequence. Inputs xs [T, B, D], h [B, H]; of W [D, H], U [H, H], b [H], bh [H] those that `weights` names;
 * lengths [B]. Outputs hs [T, B, H], last h [B, H].
 */
export const rnnSequenceOp = sequence.op;

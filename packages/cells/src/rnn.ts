import {
  add,
  applyOp,
  defineComposite,
  matmul,
  relu,
  sigmoid,
  splitKey,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import { glorotUniform, type Initializer, orthogonal, requirePositive, zerosInitializer } from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { type Unrolled, unrollSteps } from "./unroll.js";

/** W: [D, H], U: [H, H], b: [H]. */
export type RnnParams = { W: Tensor; U: Tensor; b: Tensor };
export type RnnState = { h: Tensor };
export type RnnActivation = "tanh" | "relu" | "sigmoid";

export interface RnnOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** φ. Default "tanh". */
  readonly activation?: RnnActivation;
  /** How the parameters start. Default: W Glorot uniform, U orthogonal, b zero. */
  readonly initializers?: { readonly W?: Initializer; readonly U?: Initializer; readonly b?: Initializer };
}

const ACTIVATIONS: Readonly<Record<RnnActivation, (x: Tensor) => Tensor>> = { tanh, relu, sigmoid };

/**
 * The simple recurrent network. Elman 1990, "Finding structure in time".
 *
 *     h' = φ(x·W + h·U + b)
 *
 * x: [B, D]; h: [B, H]; the output is h'. Throws OptionError where a size is not positive.
 */
export function rnn({
  inputSize,
  hiddenSize: H,
  activation = "tanh",
  initializers = {},
}: RnnOptions): Cell<RnnParams, RnnState, RecurrentNoise> {
  requirePositive("rnn", { inputSize, hiddenSize: H });
  const { W = glorotUniform(), U = orthogonal(), b = zerosInitializer() } = initializers;
  const step = rnnStep(activation);
  return {
    name: "rnn",
    inputSize,
    outputSize: H,
    stateMaskSize: H,
    init(key) {
      const [kW, kU, kb] = splitKey(key, 3) as [typeof key, typeof key, typeof key];
      return { W: W(kW, [inputSize, H]), U: U(kU, [H, H]), b: b(kb, [H]) };
    },
    initialState: (batch) => ({ h: zeros([batch, H]) }),
    step,
    unroll(params, xs, options) {
      const { state, reverse = false, as, lengths, noise } = options;
      if (as !== "operator" || lengths || noise?.h) return unrollSteps({ step }, params, xs, options);
      return rnnSequence(params, state, xs, { activation, reverse });
    },
  };
}

const rnnStep =
  (activation: RnnActivation) =>
  ({ W, U, b }: RnnParams, { h }: RnnState, x: Tensor, noise?: RecurrentNoise): [RnnState, Tensor] => {
    const hNext = ACTIVATIONS[activation](add(matmul(x, W), b, matmul(maskedState(h, noise), U))); // [B, H]
    return [{ h: hNext }, hNext];
  };

export interface RnnSequenceParams {
  readonly activation: RnnActivation;
  readonly reverse: boolean;
}

/**
 * rnn over a sequence. Inputs xs [T, B, D], h [B, H], W [D, H], U [H, H], b [H]; outputs hs [T, B, H], last h [B, H].
 */
export const rnnSequenceOp = defineComposite<RnnSequenceParams>({
  name: "rnnSequence",
  lower([xs, h, W, U, b], { activation, reverse }) {
    const params = { W, U, b } as RnnParams;
    const { outputs, state } = unrollSteps({ step: rnnStep(activation) }, params, xs as Tensor, {
      state: { h: h as Tensor },
      reverse,
    });
    return [outputs, state.h];
  },
});

function rnnSequence(
  { W, U, b }: RnnParams,
  { h }: RnnState,
  xs: Tensor,
  params: RnnSequenceParams,
): Unrolled<RnnState> {
  const [outputs, last] = applyOp(rnnSequenceOp, [xs, h, W, U, b], params) as readonly [Tensor, Tensor];
  return { outputs, state: { h: last } };
}

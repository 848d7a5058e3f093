import {
  add,
  matmul,
  mul,
  optionsOf,
  sigmoid,
  split,
  splitKey,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import {
  glorotUniform,
  type Initializer,
  orthogonal,
  perGate,
  requireInitializers,
  requireParams,
  requirePositive,
  zerosInitializer,
} from "@throughtime/nn";
import type { Cell } from "./cell.js";
import type { Biases } from "./layout.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { defineSequence, type SequenceParams } from "./sequence.js";
import { unrollSteps } from "./unroll.js";

/** The order of the gates in W, U and b. Those under a sigmoid stand together, so that one sigmoid serves them. */
export const GRU_GATES = ["z", "r", "n"] as const;

/**
 * W: [D, 3H], U: [H, 3H], b: [3H], in the order of GRU_GATES; bn: [H], the bias of h·Un, where the reset comes after
 * it. With two biases bh: [3H] stands beside b, and for bn.
 */
export type GruParams = { W: Tensor; U: Tensor; b?: Tensor; bn?: Tensor; bh?: Tensor };
export type GruState = { h: Tensor };
/** Whether the reset gate acts before the product with Un, or after it. */
export type GruReset = "before" | "after";

export interface GruOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Default "after": one product for a step, and what cuDNN, PyTorch and Keras compute. */
  readonly reset?: GruReset;
  /** How many biases there are; the bn of reset "after" goes with "one". Default "one". */
  readonly biases?: Biases;
  /** How the parameters start. Default: W Glorot uniform and U orthogonal for each gate, biases zero. */
  readonly initializers?: {
    readonly W?: Initializer;
    readonly U?: Initializer;
    readonly b?: Initializer;
    readonly bn?: Initializer;
    readonly bh?: Initializer;
  };
}

/**
 * The gated recurrent unit. Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder".
 *
 *     z = σ(x·Wz + h·Uz + bz)      r = σ(x·Wr + h·Ur + br)      h' = (1 − z)⊙n + z⊙h
 *     reset "before":  n = tanh(x·Wn + (r⊙h)·Un + bn)           as in the paper
 *     reset "after":   n = tanh(x·Wn + b + r⊙(h·Un + bn))       as in cuDNN
 *
 * x: [B, D]; h: [B, H]; the output is h'. Throws OptionError where a size is not positive, or an initializer is
 * for a parameter that there is not.
 */
export function gru(options: GruOptions): Cell<GruParams, GruState, RecurrentNoise> {
  optionsOf("gru", options, "inputSize", "hiddenSize", "reset", "biases", "initializers");
  const { inputSize, hiddenSize: H, reset = "after", biases = "one", initializers = {} } = options;
  requirePositive("gru", { inputSize, hiddenSize: H });
  const gates = GRU_GATES.length;
  const {
    W = perGate(glorotUniform(), gates),
    U = perGate(orthogonal(), gates),
    b = zerosInitializer(),
    bn = zerosInitializer(),
    bh = zerosInitializer(),
  } = initializers;
  const keys = [
    ...["W", "U"],
    ...(biases === "none" ? [] : biases === "two" ? ["b", "bh"] : reset === "after" ? ["b", "bn"] : ["b"]),
  ];
  requireInitializers("gru", initializers, keys);
  const step = STEPS[reset];
  return {
    name: "gru",
    inputSize,
    outputSize: H,
    stateMaskSize: H,
    layout: { kind: "gru", inputSize, hiddenSize: H, biases, reset },
    init(key) {
      const [kW, kU, kb, kn, kh] = splitKey(key, 5);
      return {
        W: W(kW, [inputSize, gates * H]),
        U: U(kU, [H, gates * H]),
        ...(biases === "none" ? {} : { b: b(kb, [gates * H]) }),
        ...(biases === "one" && reset === "after" ? { bn: bn(kn, [H]) } : {}),
        ...(biases === "two" ? { bh: bh(kh, [gates * H]) } : {}),
      };
    },
    initialState: (batch) => ({ h: zeros([batch, H]) }),
    step: (params, ...rest) => step(requireParams("gru", params, keys), ...rest),
    unroll(params, xs, options) {
      requireParams("gru", params, keys);
      if (options.noise?.h) return unrollSteps({ step }, params, xs, options);
      return sequence.run({ reset }, params, xs, options);
    },
  };
}

type GruStep = (params: GruParams, state: GruState, x: Tensor, noise?: RecurrentNoise) => [GruState, Tensor];

const stepBefore: GruStep = ({ W, U, b, bh }, { h }, x, noise) => {
  const H = h.shape[1] as number;
  const [Uzr, Un] = split(U, [2 * H, H]);
  const [xzr, xn] = split(plus(plus(matmul(x, W), b), bh), [2 * H, H]); // [B, 2H], [B, H]
  const hm = maskedState(h, noise);
  const [z, r] = split(sigmoid(add(xzr, matmul(hm, Uzr))), 2);
  const n = tanh(add(xn, matmul(mul(r, hm), Un)));
  return interpolate(z, n, h);
};

const stepAfter: GruStep = ({ W, U, b, bn, bh }, { h }, x, noise) => {
  const H = h.shape[1] as number;
  const [xzr, xn] = split(plus(matmul(x, W), b), [2 * H, H]); // [B, 2H], [B, H]
  const [hzr, hn] = split(plus(matmul(maskedState(h, noise), U), bh), [2 * H, H]);
  const [z, r] = split(sigmoid(add(xzr, hzr)), 2);
  const n = tanh(add(xn, mul(r, plus(hn, bn))));
  return interpolate(z, n, h);
};

const plus = (x: Tensor, bias: Tensor | undefined): Tensor => (bias ? add(x, bias) : x);

const STEPS: Readonly<Record<GruReset, GruStep>> = { before: stepBefore, after: stepAfter };

function interpolate(z: Tensor, n: Tensor, h: Tensor): [GruState, Tensor] {
  const hNext = add(n, mul(z, sub(h, n))); // (1 − z)⊙n + z⊙h, one op shorter
  return [{ h: hNext }, hNext];
}

const sequence = defineSequence<{ readonly reset: GruReset }>(
  "gruSequence",
  ["h"],
  ["W", "U", "b", "bn", "bh"],
  ({ reset }) => STEPS[reset],
);

export type GruSequenceParams = SequenceParams & { readonly reset: GruReset };

/**
 * gru over a sequence. Inputs xs [T, B, D], h [B, H]; of W [D, 3H], U [H, 3H], b [3H], bn [H], bh [3H] with gates z r n
 * those that `weights` names; lengths [B]. Outputs hs [T, B, H], last h [B, H].
 */
export const gruSequenceOp = sequence.op;

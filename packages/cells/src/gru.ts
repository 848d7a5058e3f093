import {
  add,
  applyOp,
  defineComposite,
  matmul,
  mul,
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
  requirePositive,
  zerosInitializer,
} from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { type Unrolled, unrollSteps } from "./unroll.js";

/** The order of the gates in W, U and b. Those under a sigmoid stand together, so that one sigmoid serves them. */
export const GRU_GATES = ["z", "r", "n"] as const;

/**
 * W: [D, 3H], U: [H, 3H], b: [3H], in the order of GRU_GATES; bn: [H], the bias of h·Un, where the reset comes after
 * it.
 */
export type GruParams = { W: Tensor; U: Tensor; b: Tensor; bn?: Tensor };
export type GruState = { h: Tensor };
/** Whether the reset gate acts before the product with Un, or after it. */
export type GruReset = "before" | "after";

export interface GruOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Default "after": one product for a step, and what cuDNN, PyTorch and Keras compute. */
  readonly reset?: GruReset;
  /** How the parameters start. Default: W Glorot uniform and U orthogonal for each gate, b and bn zero. */
  readonly initializers?: {
    readonly W?: Initializer;
    readonly U?: Initializer;
    readonly b?: Initializer;
    readonly bn?: Initializer;
  };
}

/**
 * The gated recurrent unit. Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder".
 *
 *     z = σ(x·Wz + h·Uz + bz)      r = σ(x·Wr + h·Ur + br)      h' = (1 − z)⊙n + z⊙h
 *     reset "before":  n = tanh(x·Wn + (r⊙h)·Un + bn)           as in the paper
 *     reset "after":   n = tanh(x·Wn + b + r⊙(h·Un + bn))       as in cuDNN
 *
 * x: [B, D]; h: [B, H]; the output is h'. Throws OptionError where a size is not positive.
 */
export function gru({
  inputSize,
  hiddenSize: H,
  reset = "after",
  initializers = {},
}: GruOptions): Cell<GruParams, GruState, RecurrentNoise> {
  requirePositive("gru", { inputSize, hiddenSize: H });
  const gates = GRU_GATES.length;
  const {
    W = perGate(glorotUniform(), gates),
    U = perGate(orthogonal(), gates),
    b = zerosInitializer(),
    bn = zerosInitializer(),
  } = initializers;
  const step = STEPS[reset];
  return {
    name: "gru",
    inputSize,
    outputSize: H,
    stateMaskSize: H,
    init(key) {
      const [kW, kU, kb, kn] = splitKey(key, 4) as [typeof key, typeof key, typeof key, typeof key];
      const params = { W: W(kW, [inputSize, gates * H]), U: U(kU, [H, gates * H]), b: b(kb, [gates * H]) };
      return reset === "before" ? params : { ...params, bn: bn(kn, [H]) };
    },
    initialState: (batch) => ({ h: zeros([batch, H]) }),
    step,
    unroll(params, xs, options) {
      const { state, reverse = false, as, lengths, noise } = options;
      if (as !== "operator" || lengths || noise?.h) return unrollSteps({ step }, params, xs, options);
      return gruSequence(params, state, xs, { reset, reverse });
    },
  };
}

type GruStep = (params: GruParams, state: GruState, x: Tensor, noise?: RecurrentNoise) => [GruState, Tensor];

const stepBefore: GruStep = ({ W, U, b }, { h }, x, noise) => {
  const H = h.shape[1] as number;
  const [Uzr, Un] = split(U, [2 * H, H]);
  const [xzr, xn] = split(add(matmul(x, W), b), [2 * H, H]); // [B, 2H], [B, H]
  const hm = maskedState(h, noise);
  const [z, r] = split(sigmoid(add(xzr, matmul(hm, Uzr))), 2);
  const n = tanh(add(xn, matmul(mul(r, hm), Un)));
  return interpolate(z, n, h);
};

const stepAfter: GruStep = ({ W, U, b, bn }, { h }, x, noise) => {
  const H = h.shape[1] as number;
  const [xzr, xn] = split(add(matmul(x, W), b), [2 * H, H]); // [B, 2H], [B, H]
  const [hzr, hn] = split(matmul(maskedState(h, noise), U), [2 * H, H]);
  const [z, r] = split(sigmoid(add(xzr, hzr)), 2);
  const n = tanh(add(xn, mul(r, bn ? add(hn, bn) : hn)));
  return interpolate(z, n, h);
};

const STEPS: Readonly<Record<GruReset, GruStep>> = { before: stepBefore, after: stepAfter };

function interpolate(z: Tensor, n: Tensor, h: Tensor): [GruState, Tensor] {
  const hNext = add(n, mul(z, sub(h, n))); // (1 − z)⊙n + z⊙h, one op shorter
  return [{ h: hNext }, hNext];
}

export interface GruSequenceParams {
  readonly reset: GruReset;
  readonly reverse: boolean;
}

/**
 * gru over a sequence. Inputs xs [T, B, D], h [B, H], W [D, 3H], U [H, 3H], b [3H] with gates z r n, and for reset
 * "after" bn [H]; outputs hs [T, B, H], last h [B, H].
 */
export const gruSequenceOp = defineComposite<GruSequenceParams>({
  name: "gruSequence",
  lower([xs, h, W, U, b, bn], { reset, reverse }) {
    const params = { W, U, b, ...(bn ? { bn } : {}) } as GruParams;
    const { outputs, state } = unrollSteps({ step: STEPS[reset] }, params, xs as Tensor, {
      state: { h: h as Tensor },
      reverse,
    });
    return [outputs, state.h];
  },
});

function gruSequence(
  { W, U, b, bn }: GruParams,
  { h }: GruState,
  xs: Tensor,
  params: GruSequenceParams,
): Unrolled<GruState> {
  const inputs = [xs, h, W, U, b, ...(bn ? [bn] : [])];
  const [outputs, last] = applyOp(gruSequenceOp, inputs, params) as readonly [Tensor, Tensor];
  return { outputs, state: { h: last } };
}

import {
  add,
  applyOp,
  defineComposite,
  matmul,
  mul,
  sigmoid,
  split,
  splitKey,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import {
  constantInitializer,
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
export const LSTM_GATES = ["i", "f", "o", "g"] as const;
/** The order of the peephole weights in p. */
export const LSTM_PEEPHOLES = ["i", "f", "o"] as const;

/**
 * W: [D, 4H], U: [H, 4H], b: [4H], in the order of LSTM_GATES; p: [3H], in that of LSTM_PEEPHOLES, where there are any.
 */
export type LstmParams = { W: Tensor; U: Tensor; b: Tensor; p?: Tensor };
export type LstmState = { h: Tensor; c: Tensor };

export interface LstmOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Added to the first value of the forget gate's bias, so that a fresh cell remembers. Default 1. */
  readonly forgetBias?: number;
  /** Whether the gates see the cell state, through diagonal weights p. Default "none". */
  readonly peepholes?: "none" | "diagonal";
  /** How the parameters start. Default: W Glorot uniform and U orthogonal for each gate, b and p zero. */
  readonly initializers?: {
    readonly W?: Initializer;
    readonly U?: Initializer;
    readonly b?: Initializer;
    readonly p?: Initializer;
  };
}

/**
 * Long short-term memory. Hochreiter & Schmidhuber 1997, "Long short-term memory"; the forget gate from Gers,
 * Schmidhuber & Cummins 2000, "Learning to forget"; its bias of 1 from Jozefowicz, Zaremba & Sutskever 2015.
 *
 *     i = σ(x·Wi + h·Ui + bi)      f = σ(x·Wf + h·Uf + bf)      o = σ(x·Wo + h·Uo + bo)
 *     g = tanh(x·Wg + h·Ug + bg)   c' = f⊙c + i⊙g               h' = o⊙tanh(c')
 *
 * With peepholes, pi⊙c joins the sum inside i, pf⊙c that of f, and po⊙c' that of o: Gers & Schmidhuber 2000, "Recurrent
 * nets that time and count". x: [B, D]; h, c: [B, H]; the output is h'. Throws OptionError where a size is not positive.
 */
export function lstm({
  inputSize,
  hiddenSize: H,
  forgetBias = 1,
  peepholes = "none",
  initializers = {},
}: LstmOptions): Cell<LstmParams, LstmState, RecurrentNoise> {
  requirePositive("lstm", { inputSize, hiddenSize: H });
  const gates = LSTM_GATES.length;
  const {
    W = perGate(glorotUniform(), gates),
    U = perGate(orthogonal(), gates),
    b = zerosInitializer(),
    p = zerosInitializer(),
  } = initializers;
  const forget = perGate(LSTM_GATES.map((gate) => constantInitializer(gate === "f" ? forgetBias : 0)));
  return {
    name: "lstm",
    inputSize,
    outputSize: H,
    stateMaskSize: H,
    init(key) {
      const [kW, kU, kb, kp] = splitKey(key, 4) as [typeof key, typeof key, typeof key, typeof key];
      const bias = b(kb, [gates * H]);
      const extra = forget(kb, [gates * H]);
      const params = {
        W: W(kW, [inputSize, gates * H]),
        U: U(kU, [H, gates * H]),
        b: { ...bias, data: Float32Array.from(bias.data, (value, k) => value + (extra.data[k] as number)) },
      };
      return peepholes === "none" ? params : { ...params, p: p(kp, [LSTM_PEEPHOLES.length * H]) };
    },
    initialState: (batch) => ({ h: zeros([batch, H]), c: zeros([batch, H]) }),
    step: lstmStep,
    unroll(params, xs, options) {
      const { state, reverse = false, as, lengths, noise } = options;
      if (as !== "operator" || lengths || noise?.h) return unrollSteps({ step: lstmStep }, params, xs, options);
      return lstmSequence(params, state, xs, { reverse });
    },
  };
}

function lstmStep(
  { W, U, b, p }: LstmParams,
  { h, c }: LstmState,
  x: Tensor,
  noise?: RecurrentNoise,
): [LstmState, Tensor] {
  const z = add(matmul(x, W), b, matmul(maskedState(h, noise), U)); // [B, 4H]
  const [zi, zf, zo, zg] = split(z, LSTM_GATES.length); // each [B, H]
  const [pi, pf, po] = p ? split(p, LSTM_PEEPHOLES.length) : []; // each [H]
  const i = sigmoid(peep(zi, pi, c));
  const f = sigmoid(peep(zf, pf, c));
  const cNext = add(mul(f, c), mul(i, tanh(zg)));
  const o = sigmoid(peep(zo, po, cNext));
  const hNext = mul(o, tanh(cNext));
  return [{ h: hNext, c: cNext }, hNext];
}

const peep = (z: Tensor, p: Tensor | undefined, c: Tensor): Tensor => (p ? add(z, mul(p, c)) : z);

export interface LstmSequenceParams {
  readonly reverse: boolean;
}

/**
 * lstm over a sequence. Inputs xs [T, B, D], h [B, H], c [B, H], W [D, 4H], U [H, 4H], b [4H] with gates i f o g, and
 * where there are peepholes p [3H] with i f o; outputs hs [T, B, H], last h [B, H], last c [B, H].
 */
export const lstmSequenceOp = defineComposite<LstmSequenceParams>({
  name: "lstmSequence",
  lower([xs, h, c, W, U, b, p], { reverse }) {
    const params = { W, U, b, ...(p ? { p } : {}) } as LstmParams;
    const { outputs, state } = unrollSteps({ step: lstmStep }, params, xs as Tensor, {
      state: { h, c } as LstmState,
      reverse,
    });
    return [outputs, state.h, state.c];
  },
});

function lstmSequence(
  { W, U, b, p }: LstmParams,
  { h, c }: LstmState,
  xs: Tensor,
  params: LstmSequenceParams,
): Unrolled<LstmState> {
  const inputs = [xs, h, c, W, U, b, ...(p ? [p] : [])];
  const [outputs, hLast, cLast] = applyOp(lstmSequenceOp, inputs, params) as readonly [Tensor, Tensor, Tensor];
  return { outputs, state: { h: hLast, c: cLast } };
}

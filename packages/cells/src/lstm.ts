import {
  add,
  matmul,
  mul,
  type NdArray,
  OptionError,
  optionsOf,
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

/** The order of the gates in W, U and b. Those under a sigmoid stand together, so that one sigmoid serves them. */
export const LSTM_GATES = ["i", "f", "o", "g"] as const;
/** The order of the peephole weights in p. */
export const LSTM_PEEPHOLES = ["i", "f", "o"] as const;

/**
 * W: [D, 4H], U: [H, 4H], b: [4H], in the order of LSTM_GATES; bh: [4H], the second bias, where there are two; p: [3H], in
 * the order of LSTM_PEEPHOLES, where there are any. With a projection, Wr: [H, R], and U: [R, 4H].
 */
export type LstmParams = { W: Tensor; U: Tensor; b?: Tensor; bh?: Tensor; p?: Tensor; Wr?: Tensor };
/** h: [B, H], or with a projection [B, R]; c: [B, H]. */
export type LstmState = { h: Tensor; c: Tensor };

export interface LstmOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Added to the first value of the forget gate's bias, so that a fresh cell remembers. Default 1. */
  readonly forgetBias?: number;
  /** Whether the gates see the cell state, through diagonal weights p. Default "none". */
  readonly peepholes?: "none" | "diagonal";
  /** R: the output and the h of the next step are h·Wr, which is that small. Default: H, and no Wr. */
  readonly projectionSize?: number;
  /** How many biases there are. Default "one". */
  readonly biases?: Biases;
  /** How the parameters start. Default: W and Wr Glorot uniform and U orthogonal, for each gate; biases and p zero. */
  readonly initializers?: {
    readonly W?: Initializer;
    readonly U?: Initializer;
    readonly b?: Initializer;
    readonly bh?: Initializer;
    readonly p?: Initializer;
    readonly Wr?: Initializer;
  };
}

const OPTIONS = [
  "inputSize",
  "hiddenSize",
  "forgetBias",
  "peepholes",
  "projectionSize",
  "biases",
  "initializers",
] as const;

/**
 * Long short-term memory. Hochreiter & Schmidhuber 1997, "Long short-term memory"; the forget gate from Gers,
 * Schmidhuber & Cummins 2000, "Learning to forget"; its bias of 1 from Jozefowicz, Zaremba & Sutskever 2015.
 *
 *     i = σ(x·Wi + h·Ui + bi)      f = σ(x·Wf + h·Uf + bf)      o = σ(x·Wo + h·Uo + bo)
 *     g = tanh(x·Wg + h·Ug + bg)   c' = f⊙c + i⊙g               h' = o⊙tanh(c')
 *
 * With peepholes, pi⊙c joins the sum inside i, pf⊙c that of f, and po⊙c' that of o: Gers & Schmidhuber 2000, "Recurrent
 * nets that time and count". With a projectionSize, h' = (o⊙tanh(c'))·Wr: Sak, Senior & Beaufays 2014, "Long short-term
 * memory recurrent neural network architectures for large scale acoustic modeling". x: [B, D]; c: [B, H]; h: [B, H] or
 * [B, R]; the output is h'. Throws OptionError where a size is not positive, R is not below H,
 * or an initializer or forgetBias is for what there is not.
 */
export function lstm(options: LstmOptions): Cell<LstmParams, LstmState, RecurrentNoise> {
  optionsOf("lstm", options, ...OPTIONS);
  const { inputSize, hiddenSize: H, forgetBias = 1, peepholes = "none", projectionSize, biases = "one" } = options;
  requirePositive("lstm", { inputSize, hiddenSize: H, ...(projectionSize === undefined ? {} : { projectionSize }) });
  if (projectionSize !== undefined && projectionSize >= H) {
    throw new OptionError(
      `lstm: projectionSize must be below hiddenSize ${H}, received ${projectionSize}. Leave it out to project nothing.`,
      { hiddenSize: H, projectionSize },
    );
  }
  const gates = LSTM_GATES.length;
  const R = projectionSize ?? H;
  const {
    W = perGate(glorotUniform(), gates),
    U = perGate(orthogonal(), gates),
    b = zerosInitializer(),
    bh = zerosInitializer(),
    p = zerosInitializer(),
    Wr = glorotUniform(),
  } = options.initializers ?? {};
  const keys = [
    ...["W", "U"],
    ...(biases === "none" ? [] : biases === "two" ? ["b", "bh"] : ["b"]),
    ...(peepholes === "none" ? [] : ["p"]),
    ...(projectionSize === undefined ? [] : ["Wr"]),
  ];
  requireInitializers("lstm", options.initializers ?? {}, keys);
  if (biases === "none" && forgetBias !== 1) {
    throw new OptionError(`lstm: forgetBias is ${forgetBias}, but there is no bias. Leave it out, or have biases.`, {
      forgetBias,
    });
  }
  const forget = perGate(LSTM_GATES.map((gate) => constantInitializer(gate === "f" ? forgetBias : 0)));
  return {
    name: "lstm",
    inputSize,
    outputSize: R,
    stateMaskSize: R,
    layout: { kind: "lstm", inputSize, hiddenSize: H, biases, peepholes, projectionSize },
    init(key) {
      const [kW, kU, kb, kp, kh, kr] = splitKey(key, 6);
      const bias = (): NdArray => {
        const drawn = b(kb, [gates * H]);
        const extra = forget(kb, [gates * H]);
        return { ...drawn, data: Float32Array.from(drawn.data, (value, k) => value + (extra.data[k] as number)) };
      };
      return {
        W: W(kW, [inputSize, gates * H]),
        U: U(kU, [R, gates * H]),
        ...(biases === "none" ? {} : { b: bias() }),
        ...(biases === "two" ? { bh: bh(kh, [gates * H]) } : {}),
        ...(peepholes === "none" ? {} : { p: p(kp, [LSTM_PEEPHOLES.length * H]) }),
        ...(projectionSize === undefined ? {} : { Wr: Wr(kr, [H, R]) }),
      };
    },
    initialState: (batch) => ({ h: zeros([batch, R]), c: zeros([batch, H]) }),
    step: (params, ...rest) => lstmStep(requireParams("lstm", params, keys), ...rest),
    unroll(params, xs, options) {
      requireParams("lstm", params, keys);
      if (options.noise?.h || projectionSize !== undefined) return unrollSteps({ step: lstmStep }, params, xs, options);
      return sequence.run({}, params, xs, options);
    },
  };
}

function lstmStep(
  { W, U, b, bh, p, Wr }: LstmParams,
  { h, c }: LstmState,
  x: Tensor,
  noise?: RecurrentNoise,
): [LstmState, Tensor] {
  const z = biased(matmul(x, W), b, matmul(maskedState(h, noise), U), bh); // [B, 4H]
  const [zi, zf, zo, zg] = split(z, LSTM_GATES.length); // each [B, H]
  const [pi, pf, po] = p ? split(p, LSTM_PEEPHOLES.length) : []; // each [H]
  const i = sigmoid(peep(zi, pi, c));
  const f = sigmoid(peep(zf, pf, c));
  const cNext = add(mul(f, c), mul(i, tanh(zg)));
  const o = sigmoid(peep(zo, po, cNext));
  const hidden = mul(o, tanh(cNext)); // [B, H]
  const hNext = Wr ? matmul(hidden, Wr) : hidden;
  return [{ h: hNext, c: cNext }, hNext];
}

const peep = (z: Tensor, p: Tensor | undefined, c: Tensor): Tensor => (p ? add(z, mul(p, c)) : z);

const sequence = defineSequence<object>("lstmSequence", ["h", "c"], ["W", "U", "b", "bh", "p"], () => lstmStep);

export type LstmSequenceParams = SequenceParams;

/**
 * lstm over a sequence. Inputs xs [T, B, D], h [B, H], c [B, H]; of W [D, 4H], U [H, 4H], b [4H], bh [4H] with gates i f o g
 * and p [3H] with i f o those that `weights` names; lengths [B]. Outputs hs [T, B, H], last h [B, H], last c [B, H].
 */
export const lstmSequenceOp = sequence.op;

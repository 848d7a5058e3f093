import { add, matmul, mul, OptionError, sigmoid, split, type Tensor, tanh } from "@throughtime/core";
import { glorotUniform, requireOneOf, requirePositive, zerosInitializer } from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { cellOptions, type GatedCellOptions, gatedCell } from "./gated-cell.js";
import { plus } from "./plus.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { defineSequence } from "./sequence.js";

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

export interface LstmOptions extends GatedCellOptions<LstmParams> {
  /** Added to the first value of the forget gate's bias, so that a fresh cell remembers. Default 1. */
  readonly forgetBias?: number;
  /** Whether the gates see the cell state, through diagonal weights p, which start at 0. Default "none". */
  readonly peepholes?: "none" | "diagonal";
  /** R: the output and the h of the next step are h·Wr, which is that small. Wr starts Glorot uniform. Default: H, and no Wr. */
  readonly projectionSize?: number;
}

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
  const checked = cellOptions("lstm", options, "forgetBias", "peepholes", "projectionSize");
  const { hiddenSize: H, biases, forgetBias = 1, peepholes = "none", projectionSize } = checked;
  requireOneOf("lstm", { peepholes }, ["none", "diagonal"]);
  requirePositive("lstm", projectionSize === undefined ? {} : { projectionSize });
  if (projectionSize !== undefined && projectionSize >= H) {
    throw new OptionError(
      `lstm: projectionSize must be below hiddenSize ${H}, received ${projectionSize}. Leave it out to project nothing.`,
      { hiddenSize: H, projectionSize },
    );
  }
  if (biases === "none" && forgetBias !== 1) {
    throw new OptionError(`lstm: forgetBias is ${forgetBias}, but there is no bias. Leave it out, or have biases.`, {
      forgetBias,
    });
  }
  const R = projectionSize ?? H;
  return gatedCell(checked, {
    gates: LSTM_GATES,
    state: { h: R, c: H },
    weights: {
      p: peepholes === "none" ? undefined : { shape: [LSTM_PEEPHOLES.length * H], initializer: zerosInitializer() },
      Wr: projectionSize === undefined ? undefined : { shape: [H, R], initializer: glorotUniform() },
    },
    biasShift: { f: forgetBias },
    step: lstmStep,
    sequence: projectionSize === undefined ? lstmSequenceOp : undefined,
  });
}

function lstmStep(
  { W, U, b, bh, p, Wr }: LstmParams,
  { h, c }: LstmState,
  x: Tensor,
  noise?: RecurrentNoise,
): [LstmState, Tensor] {
  const z = plus(matmul(x, W), b, matmul(maskedState(h, noise), U), bh); // [B, 4H]
  const [zi, zf, zo, zg] = split(z, LSTM_GATES.length); // each [B, H]
  const [pi, pf, po] = p ? split(p, LSTM_PEEPHOLES.length) : []; // each [H]
  const i = sigmoid(plus(zi, pi && mul(pi, c)));
  const f = sigmoid(plus(zf, pf && mul(pf, c)));
  const cNext = add(mul(f, c), mul(i, tanh(zg)));
  const o = sigmoid(plus(zo, po && mul(po, cNext)));
  const hidden = mul(o, tanh(cNext)); // [B, H]
  const hNext = Wr ? matmul(hidden, Wr) : hidden;
  return [{ h: hNext, c: cNext }, hNext];
}

/** lstm over a sequence. State h [B, H], c [B, H]; weights W [D, 4H], U [H, 4H], b [4H], bh [4H], p [3H]. */
export const lstmSequenceOp = defineSequence("lstmSequence", () => lstmStep);

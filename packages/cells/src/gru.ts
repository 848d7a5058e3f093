import { add, matmul, mul, sigmoid, split, sub, type Tensor, tanh } from "@throughtime/core";
import { requireOneOf, zerosInitializer } from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { cellOptions, type GatedCellOptions, gatedCell } from "./gated-cell.js";
import { plus } from "./plus.js";
import { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
import { defineSequence } from "./sequence.js";

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

export interface GruOptions extends GatedCellOptions<GruParams> {
  /** Default "after": one product for a step, and what cuDNN, PyTorch and Keras compute. With one bias it has a bn, which starts at 0. */
  readonly reset?: GruReset;
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
  const checked = cellOptions("gru", options, "reset");
  const { hiddenSize: H, biases, reset = "after" } = checked;
  requireOneOf("gru", { reset }, Object.keys(STEPS));
  const hasBn = reset === "after" && biases === "one";
  return gatedCell(checked, {
    gates: GRU_GATES,
    weights: { bn: hasBn ? { shape: [H], initializer: zerosInitializer() } : undefined },
    variant: { reset },
    step: STEPS[reset],
    sequence: gruSequenceOp,
  });
}

type GruStep = (params: GruParams, state: GruState, x: Tensor, noise?: RecurrentNoise) => [GruState, Tensor];

const stepBefore: GruStep = ({ W, U, b, bh }, { h }, x, noise) => {
  const H = h.shape[1] as number;
  const [Uzr, Un] = split(U, [2 * H, H]);
  const [xzr, xn] = split(plus(matmul(x, W), b, bh), [2 * H, H]); // [B, 2H], [B, H]
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

const STEPS: Readonly<Record<GruReset, GruStep>> = { before: stepBefore, after: stepAfter };

function interpolate(z: Tensor, n: Tensor, h: Tensor): [GruState, Tensor] {
  const hNext = add(n, mul(z, sub(h, n))); // (1 − z)⊙n + z⊙h, one op shorter
  return [{ h: hNext }, hNext];
}

/** gru over a sequence. State h [B, H]; weights W [D, 3H], U [H, 3H], b [3H], bh [3H], bn [H]. */
export const gruSequenceOp = defineSequence<{ readonly reset: GruReset }>("gruSequence", ({ reset }) => STEPS[reset]);

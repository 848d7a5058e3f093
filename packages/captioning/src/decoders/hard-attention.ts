import type { AttentionMemory } from "@throughtime/attention";
import type { NoiseSource } from "@throughtime/cells";
import {
  add,
  argmax,
  cast,
  type Dim,
  div,
  equal,
  expandDims,
  fullArray,
  greater,
  greaterEqual,
  iota,
  lessEqual,
  log,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  OptionError,
  oneHot,
  optionsOf,
  reshape,
  select,
  squeeze,
  stopGradient,
  sub,
  sum,
  type Tensor,
  uniform,
  zeros,
  zerosArray,
} from "@throughtime/core";
import { requireOneOf } from "@throughtime/nn";
import { draw } from "../draw.js";
import { ATTENTIVE, type AttentiveOptions, type AttentiveParams, type AttentiveState, attentive } from "./attentive.js";
import type { CaptionDecoder, Penalty, WrittenCaptions } from "./decoder.js";
import { requireWeight } from "./require-weight.js";

export interface HardAttentionOptions<P, S, N, A> extends AttentiveOptions<P, S, N, A> {
  /**
   * λ_r: the weight of what the sampled places learn from. 1 is the gradient without bias, with much noise in all that places depend
   * on, which slows the beginning of a training; less is a bias towards places that the words alone teach. Default 0.1.
   */
  readonly reinforce?: number;
  /** λ_e: how much the loss wants the locations' distributions to be wide. Default 0.002. */
  readonly entropy?: number;
  /** With this probability a caption in training is written with the expected context instead of sampled ones. Default 0.5. */
  readonly expectation?: number;
  /** How much the baseline keeps of what it was before a batch. Default 0.9. */
  readonly decay?: number;
  /** Where it looks when it does not train: at the likeliest place, or as soft attention does. Default "argmax". */
  readonly inference?: "argmax" | "expectation";
}

/** u: [B, 1] of each step, which location is drawn; coin: [B, 1], whether the caption is written with sampled ones; and the cell's. */
export type HardAttentionNoise<N> = { location: Tensor; coin: Tensor; cell: N };

/** The moving averages of what places answered for, and of how many batches they are: both [P, 1]. */
type Baseline = { readonly mean: Tensor; readonly batches: Tensor };

/** Below this a weight's logarithm is not taken. */
const TINY = 1e-30;

/**
 * A decoder that looks at one place of a picture before every word. Xu et al. 2015, "Show, attend and tell: neural image caption generation
 * with visual attention", with hard attention (section 4.1). All but the context is as in `softAttention`, which has the equations:
 *
 *     s_t ~ α_t      z_t = β_t a_{s_t}
 *
 * In training the places are drawn, from the model's noise, so that they are the same on every backend, and α learns by REINFORCE: a caption's loss is
 *
 *     −ln p(y | s) − λ_r Σ_t [Σ_{u ≥ t} ln p(y_u | s) − b_t] ln α_t,s_t − λ_e Σ_t H[α_t]
 *
 * where no gradient flows through the brackets. A place answers for the words from its own on: those before do not depend on it, so that the gradient's expectation
 * is the paper's, where it answers for all of them, and its variance is less. b_t is a moving average of what places answered for at the t-th word (of the first
 * 64, which the rest share), over the batches before; for the first batch, its own mean. It is what a training carries (`carry`). Half of the captions, drawn
 * too, are written with the expected context Σ α·a instead, without the middle term, and are no part of the average.
 *
 * `step` with noise draws the places; without, it takes `inference`. Throws OptionError where sizes do not fit each other, or a number is out of range.
 *
 * @example
 * hardAttention({
 *   cell: lstm({ inputSize: 64 + 512, hiddenSize: 256 }),
 *   attention: attention(additive({ querySize: 256, memorySize: 512 })),
 * })
 */
export function hardAttention<P, S, N, A>(
  options: HardAttentionOptions<P, S, N, A>,
): CaptionDecoder<AttentiveParams<P, A>, AttentiveState<S>, HardAttentionNoise<N>> {
  const {
    reinforce = 0.1,
    entropy = 0.002,
    expectation = 0.5,
    decay = 0.9,
    inference = "argmax",
    ...parts
  } = optionsOf("hardAttention", options, ...ATTENTIVE, ...OWN);
  requireWeight("hardAttention", { reinforce, entropy });
  for (const [name, share] of Object.entries({ expectation, decay })) {
    if (share >= 0 && share <= 1) continue;
    throw new OptionError(`hardAttention: ${name} must be in [0, 1], received ${share}.`, { [name]: share });
  }
  requireOneOf("hardAttention", { inference }, ["argmax", "expectation"]);
  const { look, write, ...decoder } = attentive("hardAttention", parts);
  return {
    ...decoder,
    noise: { location: UNIFORM("step"), coin: UNIFORM("sequence"), cell: options.cell.noise ?? {} },
    drawing: { location: UNIFORM("step"), coin: ALWAYS, cell: {} },
    carry: { mean: zerosArray([POSITIONS, 1]), batches: zerosArray([POSITIONS, 1]) },
    step(params, state, x, memory, noise) {
      const looked = look(params, state, memory);
      const { weights } = looked;
      const values = (memory.attention as AttentionMemory).values;
      if (noise === undefined) {
        if (inference === "expectation") return write(params, state, x, looked, looked.context);
        const at = oneHot(argmax(weights), weights.shape[1] as Dim);
        return write(params, state, x, { ...looked, weights: at }, contextOf(at, values));
      }
      const at = oneHot(draw(weights, noise.location), weights.shape[1] as Dim, weights.dtype); // [B, L]
      const hard = greaterEqual(noise.coin, expectation); // [B, 1]
      const used = select(hard, at, weights);
      const written = write(params, state, x, { ...looked, weights: used }, contextOf(used, values), noise.cell);
      const sampled = squeeze(hard, { axis: 1 }); // [B]
      const traces = {
        sampled: cast(sampled, "f32"),
        location: select(sampled, logOf(sum(mul(at, weights), { axis: 1 })), 0),
        entropy: neg(sum(mul(weights, logOf(weights)), { axis: 1 })),
      };
      return { ...written, traces };
    },
    penalty({ logProbabilities, live, traces, carry }: WrittenCaptions): Penalty {
      const { sampled, location, entropy: wide } = traces; // each [T, B]
      // Without noise nothing was drawn, and nothing is learned of it.
      if (!sampled || !location || !wide) return { captions: zeros([live.shape[1] as Dim]), carry };
      const before = carry as Baseline;
      const rewards = stopGradient(fromEachOn(logProbabilities)); // [T, B]
      const at = positions(live.shape[0] as Dim); // [T, P]
      const overCaptions = (x: Tensor) => matmul(at, sum(x, { axis: 1, keepDims: true }), { transposeA: true }); // [P, 1]
      const count = overCaptions(sampled);
      const mean = div(overCaptions(mul(rewards, sampled)), maximum(count, 1));
      const b = select(greater(before.batches, 0), before.mean, mean);
      const advantage = select(live, sub(rewards, matmul(at, b)), 0); // [T, B]
      const learned = add(mul(mul(advantage, location), reinforce), mul(wide, entropy));
      const some = greater(count, 0);
      return {
        captions: neg(sum(learned, { axis: 0 })),
        carry: {
          mean: select(some, add(mean, mul(sub(b, mean), decay)), before.mean),
          batches: add(before.batches, cast(some, "f32")),
        },
      };
    },
  };
}

/** P: how many words of a caption, from the first, have a baseline of their own; those further on share the last. */
const POSITIONS = 64;

/** Which baseline each of T words has: [T, P]. */
const positions = (T: Dim): Tensor =>
  cast(equal(expandDims(minimum(iota(T), POSITIONS - 1), { axis: 1 }), iota(POSITIONS)), "f32");

/** y_t = Σ_{u ≥ t} x_u: [T, B] → [T, B]. */
function fromEachOn(x: Tensor): Tensor {
  const T = x.shape[0] as Dim;
  const [row, column] = [reshape(iota(T), [T, 1]), reshape(iota(T), [1, T])];
  return matmul(cast(lessEqual(row, column), x.dtype), x);
}

const OWN = ["reinforce", "entropy", "expectation", "decay", "inference"] as const;

const UNIFORM = (per: NoiseSource["per"]): NoiseSource => ({ kind: "noise", per, size: 1, draw: uniform });

/** A coin with which the places are always drawn. */
const ALWAYS: NoiseSource = { kind: "noise", per: "sequence", size: 1, draw: (_, shape) => fullArray(shape, 1) };

/** Σ_i w_i a_i: [B, L], [B, L, D] → [B, D]. */
const contextOf = (weights: Tensor, values: Tensor): Tensor =>
  squeeze(matmul(expandDims(weights, { axis: 1 }), values), { axis: 1 });

const logOf = (x: Tensor): Tensor => log(maximum(x, TINY));

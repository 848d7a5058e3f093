import { cast, greater, mul, optionsOf, select, sub, sum, type Tensor } from "@throughtime/core";
import { ATTENTIVE, type AttentiveOptions, type AttentiveParams, type AttentiveState, attentive } from "./attentive.js";
import type { CaptionDecoder } from "./decoder.js";
import { requireWeight } from "./require-weight.js";

export interface SoftAttentionOptions<P, S, N, A> extends AttentiveOptions<P, S, N, A> {
  /** λ: how much the loss wants every place of a picture to be looked at, over its whole caption, for a sum of 1. 0: not at all. Default 1. */
  readonly doublyStochastic?: number;
}

/**
 * A decoder that looks at the places of a picture before every word. Xu et al. 2015, "Show, attend and tell: neural image caption
 * generation with visual attention", with soft attention (section 4.2).
 *
 *     α_t = attend(h_{t−1})      z_t = β_t Σ_i α_ti a_i,  β_t = σ(h_{t−1}·w + b)
 *     h_t = cell([E[y_{t−1}] ; z_t], h_{t−1})             output_t = E[y_{t−1}] + h_t·L_h + z_t·L_z
 *
 * The first state, each of its leaves, is tanh(ā·W + b) of the mean ā of the grid's vectors. The loss of a caption gets λ Σ_i (1 − Σ_t α_ti)², the doubly
 * stochastic penalty, beside −ln p of its words.
 *
 * Throws OptionError where the cell's inputSize leaves nothing for a word beside the context, the attention was built for another state,
 * or λ is negative.
 *
 * @example
 * softAttention({
 *   cell: lstm({ inputSize: 64 + 512, hiddenSize: 256 }), // words of size 64, a grid of vectors of size 512
 *   attention: attention(additive({ querySize: 256, memorySize: 512 })),
 * })
 */
export function softAttention<P, S, N, A>(
  options: SoftAttentionOptions<P, S, N, A>,
): CaptionDecoder<AttentiveParams<P, A>, AttentiveState<S>, N> {
  const { doublyStochastic = 1, ...parts } = optionsOf("softAttention", options, ...ATTENTIVE, "doublyStochastic");
  requireWeight("softAttention", { doublyStochastic });
  const { look, write, ...decoder } = attentive("softAttention", parts);
  const { noise } = options.cell;
  return {
    ...decoder,
    ...(noise ? { noise } : {}),
    step(params, state, x, memory, given) {
      const looked = look(params, state, memory);
      const written = write(params, state, x, looked, looked.context, given);
      return doublyStochastic === 0 ? written : { ...written, traces: { weights: written.weights } };
    },
    ...(doublyStochastic === 0
      ? {}
      : {
          penalty: ({ traces, live }) => ({
            captions: select(hasWords(live), mul(unseen(traces.weights as Tensor), doublyStochastic), 0),
          }),
        }),
  };
}

/** Whether a caption has any words. live: bool [T, B] → bool [B]. */
const hasWords = (live: Tensor): Tensor => greater(sum(cast(live, "f32"), { axis: 0 }), 0);

/** Σ_i (1 − Σ_t α_ti)²: [T, B, L] → [B]. */
function unseen(weights: Tensor): Tensor {
  const left = sub(1, sum(weights, { axis: 0 })); // [B, L]
  return sum(mul(left, left), { axis: 1 });
}

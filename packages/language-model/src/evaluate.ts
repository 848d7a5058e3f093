import { type Backend, type NdArray, optionsOf } from "@throughtime/core";
import { type LaneCursor, lanes } from "@throughtime/text";
import { evaluate, type Loss } from "@throughtime/train";
import type { LanguageModel, TokenWindow } from "./model.js";
import { bitsFromNats } from "./units.js";

export interface LanguageModelEvaluationOptions {
  /**
   * B: into how many contiguous lanes the text is cut, to be read side by side. Each begins without context, and at most
   * B − 1 tokens at the end are left out; 1 reads the text as it is. Default 1.
   */
  readonly batch?: number;
  /** T: tokens of a lane in one call. The result is the same for all, but for rounding. Default 256. */
  readonly time?: number;
  /** Aborted where the result is not wanted any more: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface LanguageModelEvaluation {
  /** The mean of −ln p over all predicted tokens. */
  readonly nats: number;
  /** The same in bits: for characters, bits per character. */
  readonly bits: number;
  readonly perplexity: number;
  /** How many tokens were predicted. */
  readonly tokens: number;
}

/**
 * How well a model predicts a text: every token but the first from those before it, with carried state and without
 * dropout. `params` is a tree on the host or on the backend; `tokens` are ids in [0, V). Throws DataError where there are
 * too few of them, OptionError where an option is not a positive integer.
 */
export async function evaluateLanguageModel<P, S, N>(
  backend: Backend,
  model: LanguageModel<P, S, N>,
  params: unknown,
  tokens: Int32Array,
  options: LanguageModelEvaluationOptions = {},
): Promise<LanguageModelEvaluation> {
  const { batch = 1, time = 256, signal } = optionsOf("evaluateLanguageModel", options, "batch", "time", "signal");
  const source = lanes(tokens, { batch, time, last: "keep", epochs: 1 });
  const { loss: nats, units } = await evaluate({
    ...{ backend, params, carry: model.initialState(batch), dims: model.dims },
    loss: model.loss as Loss<unknown, TokenWindow<NdArray>, unknown>,
    source: {
      ...source,
      async next(cursor) {
        signal?.throwIfAborted();
        return source.next(cursor as LaneCursor);
      },
    },
  });
  return { nats, bits: bitsFromNats(nats), perplexity: Math.exp(nats), tokens: units };
}

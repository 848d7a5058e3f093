import { type Backend, compile, type DeviceArray, putOnBackend, release, type Tensor } from "@throughtime/core";
import { lanes } from "@throughtime/text";
import type { LanguageModel, TokenWindow } from "./model.js";
import { bitsFromNats } from "./units.js";

export interface EvaluateOptions {
  /**
   * B: into how many contiguous lanes the text is cut, to be read side by side. Each begins without context, and at most
   * B − 1 tokens at the end are left out; 1 reads the text as it is. Default 1.
   */
  readonly batch?: number;
  /** T: tokens of a lane in one call. The result is the same for all, but for rounding. Default 256. */
  readonly time?: number;
}

export interface Evaluation {
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
export async function evaluate<P, S, N>(
  backend: Backend,
  model: LanguageModel<P, S, N>,
  params: unknown,
  tokens: Int32Array,
  { batch = 1, time = 256 }: EvaluateOptions = {},
): Promise<Evaluation> {
  const windows = lanes(tokens, { batch, time, last: "keep", epochs: 1 });
  const read = compile(
    backend,
    (carry: unknown, p: unknown, window: TokenWindow<Tensor>) =>
      model.loss(p as P, { batch: window, carry: carry as S, noise: "none" }),
    { donate: 0, dims: [model.dims.carry, null, model.dims.batch] },
  );
  const placed = await putOnBackend(backend, params);
  let carry: unknown = model.initialState(batch);
  let total = 0;
  try {
    let next = await windows.next(windows.start);
    while (next) {
      const result = await read(carry, placed.tree, next.batch);
      carry = result.carry;
      const loss = result.loss as DeviceArray;
      total += ((await backend.download(loss)).data[0] as number) * next.units;
      backend.release(loss);
      next = await windows.next(next.cursor);
    }
  } finally {
    release(backend, carry);
    placed.release();
    read.release();
  }
  const nats = total / windows.tokensPerEpoch;
  return { nats, bits: bitsFromNats(nats), perplexity: Math.exp(nats), tokens: windows.tokensPerEpoch };
}

import { key, ndarray, normal, OptionError, randomBits, splitKey } from "@throughtime/core";
import type { Inputs } from "../problem.js";
import { pathsOf } from "../translate/paths.js";
import { type CaptionSizes, captionerOf } from "./network.js";

/** What `caption-step` asks of a peer, beside what `Request` says: a step is an update, and its number the loss before it. */
export interface CaptionTask {
  readonly peer: string;
  readonly threads: number;
  /** Adam's rate; the norm that gradients are clipped to. */
  readonly learningRate: number;
  readonly clipNorm: number;
  /**
   * A safetensors file: parameters by their paths in our model's tree, params.words.E and so on, and the batch of @throughtime/captioning:
   * batch.images.grid [B, L, D], batch.images.pooled [B, 1], batch.input, batch.output [T, B] and batch.lengths [B]. f32 and i32.
   */
  readonly inputs: string;
}

export interface CaptionConfig extends CaptionSizes {
  readonly B: number;
  /** Words of every caption, its end counted. */
  readonly T: number;
}

/** First parameters and a batch of random features and words, for all peers. Equal seeds give equal inputs. */
export function makeCaptionInputs({ B, T, ...sizes }: CaptionConfig, seed = 0): Inputs {
  const { L, D, V } = sizes;
  if (!Number.isInteger(Math.sqrt(L)))
    throw new OptionError(`caption-step: places must be a square number, received ${L}.`);
  const [forParams, forGrid, ...forWords] = splitKey(key(seed), 4);
  const [input, output] = forWords.map((k) =>
    ndarray(
      Int32Array.from(randomBits(k, T * B), (bits) => bits % V),
      { shape: [T, B] },
    ),
  );
  return {
    ...pathsOf("params", captionerOf(sizes).init(forParams as never)),
    ...pathsOf("batch", {
      images: { grid: normal(forGrid as never, [B, L, D]), pooled: normal(forGrid as never, [B, 1]) },
      ...{ input, output, lengths: ndarray(new Int32Array(B).fill(T)) },
    }),
  };
}

import type { HostTree } from "@throughtime/cells";
import type { DimNames, Key, NdArray, Tensor } from "@throughtime/core";
import type { Begun } from "@throughtime/decode";
import type { EmbeddingParams, WordOutputParams } from "@throughtime/nn";
import type { ImageEncoder, ImageTensors } from "@throughtime/vision";
import type { CaptionCarry, CaptionDecoder, CaptionMemory } from "./decoders/decoder.js";

/** Pictures and a caption of each, words time first. What stands past a caption's end is never read; it must be a valid id. */
export type CaptionBatch<L> = {
  /** What the encoder reads: { pixels } or { grid, pooled }, of B pictures. */
  readonly images: ImageTensors<L>;
  /** What the decoder reads: the begin symbol and the caption's words. i32 [T, B]. */
  readonly input: L;
  /** What it is to say: the caption's words and the end symbol. i32 [T, B]. */
  readonly output: L;
  /** How many words of `output` count: i32 [B], each in [0, T]. */
  readonly lengths: L;
};

/** The parameters of a model around an encoder and a decoder. With a tied output, its matrix is the table of the words. */
export type CaptionParams<PE, PD> = { encoder: PE; words: EmbeddingParams; decoder: PD } & WordOutputParams;

/** Dropout masks for one batch, and the decoder's own noise. */
export type CaptionNoise<N> = { words?: Tensor; output?: Tensor; decoder: N };

/**
 * A model from pictures to captions: a plain value that holds no parameters. `init`, `noise`, `dims`, `carry` and `loss` are what
 * `train` takes; `begin` and `step` are for inference and export. P, S, N: the trees of its parameters, its decoder's state and its noise.
 */
export interface CaptionModel<P, S, N> {
  /** V */
  readonly vocabularySize: number;
  readonly encoder: Omit<ImageEncoder<never>, "init" | "encode">;
  readonly decoder: Pick<CaptionDecoder<never, S, never>, "name" | "gridSize" | "pooledSize" | "drawing">;
  /** First values of all parameters, f32. Equal keys give equal values. */
  init(key: Key): HostTree<P>;
  /** Dropout masks and the decoder's noise for one batch. Equal keys give equal ones. */
  noise(key: Key, batch: CaptionBatch<NdArray>): HostTree<N>;
  /** Names for T and B wherever a training step's inputs have them, so that one Program serves every size. */
  readonly dims: { readonly batch: DimNames; readonly noise: DimNames };
  /** What a training carries from batch to batch, before the first one: {} for a decoder that carries nothing. */
  readonly carry: CaptionCarry<NdArray>;
  /**
   * Teacher forcing: the mean over the captions' words of −ln p(word | the words before it, the picture), in nats, smoothed if the
   * model was made so, and what the decoder adds to it: the sum over the captions, divided by the same number of words. Padding has no weight in
   * it and no gradient. Where something is added or smoothed, `crossEntropy` among the metrics is the loss without it.
   */
  loss(
    params: P,
    inputs: { readonly batch: CaptionBatch<Tensor>; readonly carry?: unknown; readonly noise?: unknown },
  ): { readonly loss: Tensor; readonly carry: CaptionCarry; readonly metrics: Readonly<Record<string, Tensor>> };
  /** For validation: the mean cross-entropy alone, and the share of words that are the model's most likely ones. */
  evaluation(
    params: P,
    inputs: { readonly batch: CaptionBatch<Tensor>; readonly carry?: unknown },
  ): { readonly loss: Tensor; readonly carry: CaptionCarry; readonly metrics: { readonly accuracy: Tensor } };
  /** ln p of each caption, the sum over its words, in nats: [B]. Nothing is dropped or drawn. */
  logProbability(params: P, batch: CaptionBatch<Tensor>): Tensor;
  /** Reads pictures: what the decoder remembers of them, and its first state. */
  begin(params: P, images: ImageTensors): Begun<CaptionMemory, S>;
  /**
   * One word of each caption: word i32 [B], the one before → logits [B, V] of the next, and where the decoder looked [B, L]. Nothing is
   * dropped; noise: what the decoder's `drawing` drew. Without, it draws nothing.
   */
  step(
    params: P,
    begun: Begun<CaptionMemory, S>,
    word: Tensor,
    noise?: unknown,
  ): { readonly logits: Tensor; readonly state: S; readonly weights?: Tensor };
}

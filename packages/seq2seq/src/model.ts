import type { HostTree } from "@throughtime/cells";
import type { DimNames, Key, NdArray, Tensor } from "@throughtime/core";
import type { EmbeddingParams, LinearParams } from "@throughtime/nn";
import type { BridgeParams } from "./bridges/bridge.js";
import type { DecoderMemory, DecoderState } from "./decoders/decoder.js";

/** Sentence pairs, time first. What stands past a sentence's end is never read; it must be a valid id. */
export type Seq2SeqBatch<L> = {
  /** The source's words: i32 [S, B]. */
  readonly source: L;
  /** How many there are of each: i32 [B], each in [0, S]. Of a sentence without words, attention's context is 0. */
  readonly sourceLengths: L;
  /** What the decoder reads: the begin symbol and the target's words. i32 [T, B]. */
  readonly input: L;
  /** What it is to say: the target's words and the end symbol. i32 [T, B]. */
  readonly output: L;
  /** How many words of `output` count: i32 [B], each in [0, T]. */
  readonly lengths: L;
  /** With scheduled sampling, and in its training only: how likely the true word is to be read, an f32 scalar. */
  readonly truth?: L;
};

/** The parameters of a model around an encoder and a decoder. Embeddings and matrices that are tied stand once. */
export type Seq2SeqParams<PE, PD> = {
  /** Absent where the target's table serves both. */
  source?: EmbeddingParams;
  encoder: PE;
  bridge: BridgeParams;
  target: EmbeddingParams;
  decoder: PD;
  readout?: LinearParams;
  /** W: [outputSize, V], absent where it is the target's table; b: [V]. */
  output: { W?: Tensor; b: Tensor };
};

/** Dropout masks for one batch. */
export type Seq2SeqNoise<NE, ND> = {
  encode: { words?: Tensor; cell: NE };
  decode: { words?: Tensor; output?: Tensor; coin?: Tensor; cell: ND };
};

/** A source that has been read: what decoding goes on from. Every leaf is [B, …]. */
export interface Encoded<S> {
  readonly memory: DecoderMemory;
  readonly state: DecoderState<S>;
}

/**
 * A model from sequences to sequences: a plain value that holds no parameters. `init`, `noise`, `dims` and `loss` are what
 * `train` takes; `encode` and `step` are for inference and export. P, S, N: its parameters, its decoder's cell's state, its noise.
 */
export interface Seq2Seq<P, S, N> {
  readonly sourceVocabularySize: number;
  /** V */
  readonly targetVocabularySize: number;
  /** First values of all parameters, f32. Equal keys give equal values. */
  init(key: Key): HostTree<P>;
  /** Dropout masks for one batch. Equal keys give equal masks. */
  noise(key: Key, batch: Seq2SeqBatch<NdArray>): HostTree<N>;
  /** Names for S, T and B wherever a training step's inputs have them, so that one Program serves every size. */
  readonly dims: { readonly batch: DimNames; readonly noise: DimNames };
  /**
   * Teacher forcing: the mean over the target's words of −ln p(word | the words before it, source), in nats, smoothed if
   * the model was made so. Padding has no weight in it and no gradient. With scheduled sampling, the decoder now and then
   * reads what it would have said itself.
   */
  loss(
    params: P,
    inputs: { readonly batch: Seq2SeqBatch<Tensor>; readonly noise?: unknown },
  ): { readonly loss: Tensor };
  /** For validation: the loss without smoothing, and the share of words that are the model's most likely ones. */
  evaluation(
    params: P,
    inputs: { readonly batch: Seq2SeqBatch<Tensor> },
  ): { readonly loss: Tensor; readonly metrics: { readonly accuracy: Tensor } };
  /** Reads sources: i32 [S, B] of lengths i32 [B]. */
  encode(params: P, source: Tensor, lengths: Tensor): Encoded<S>;
  /** One word of each sentence: word i32 [B], the one before → logits [B, V] of the next, and where the decoder looked [B, S]. */
  step(
    params: P,
    encoded: Encoded<S>,
    word: Tensor,
  ): { readonly logits: Tensor; readonly state: DecoderState<S>; readonly weights?: Tensor };
}

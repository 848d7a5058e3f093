import type { AttentionMemory } from "@throughtime/attention";
import type { HostTree, NoiseSource } from "@throughtime/cells";
import type { Key, NdArray, Tensor, Tree } from "@throughtime/core";
import type { Begun } from "@throughtime/decode";
import type { EncodedImages } from "@throughtime/vision";

/** What a decoder reads of the pictures at every step, made once. Every leaf is [B, …]. */
export type CaptionMemory = { attention?: AttentionMemory };

/** What a training carries from batch to batch for a decoder, by name; {} for one that carries nothing. */
export type CaptionCarry<L = Tensor> = { readonly [name: string]: L };

/** What one step of a decoder gives. S: its state. */
export interface Captioned<S> {
  readonly state: S;
  /** What the next word is predicted from: [B, outputSize]. */
  readonly output: Tensor;
  /** Where the decoder looked: [B, L], for decoders with attention. They sum to 1. */
  readonly weights?: Tensor;
  /** What `penalty` reads of each step, where there is one: each leaf [B, …]. */
  readonly traces?: Readonly<Record<string, Tensor>>;
}

/** Captions that were decoded with the true words: what a decoder's own part of the loss is made of. */
export interface WrittenCaptions {
  /** ln p of each word; 0 past a caption's end: [T, B]. */
  readonly logProbabilities: Tensor;
  /** Whether there is a word: bool [T, B]. */
  readonly live: Tensor;
  /** What the steps traced, stacked: [T, B, …]; 0 past a caption's end. */
  readonly traces: Readonly<Record<string, Tensor>>;
  /** What the training carries from batch to batch, of the structure of the decoder's `carry`. */
  readonly carry: CaptionCarry;
}

/** A decoder's own part of the loss. */
export interface Penalty {
  /** Added to −ln p of each caption: [B]. */
  readonly captions: Tensor;
  /** What the next batch gets; where the decoder has a `carry`. */
  readonly carry?: CaptionCarry;
}

/**
 * One step of writing a caption, around a cell: a plain value that holds no parameters. P: the tree of its parameters, S: of its
 * state, N: of its noise.
 */
export interface CaptionDecoder<P, S, N = Tree<Tensor>> {
  readonly name: string;
  /** E: the size of an embedded word. */
  readonly inputSize: number;
  /** O */
  readonly outputSize: number;
  /** D: the size of the grid's vectors; undefined where it reads no grid. */
  readonly gridSize: number | undefined;
  /** P: the size of the pooled vector; undefined where it reads none. */
  readonly pooledSize: number | undefined;
  /** How the noise is drawn that a step reads in training. */
  readonly noise?: Tree<NoiseSource>;
  init(key: Key): HostTree<P>;
  /** The noise of a step that does not train, where a decoder may draw something then too: hard attention its places. */
  readonly drawing?: Tree<NoiseSource>;
  /** Once for a picture: what is remembered of it, and the state before the first word. */
  start(params: P, images: EncodedImages): Begun<CaptionMemory, S>;
  /** x: [B, E], the word before. */
  step(params: P, state: S, x: Tensor, memory: CaptionMemory, noise?: N): Captioned<S>;
  /** What a training carries from batch to batch, before the first one. */
  readonly carry?: CaptionCarry<NdArray>;
  /** What the decoder adds to the loss in training, where it adds something. */
  penalty?(captions: WrittenCaptions): Penalty;
}

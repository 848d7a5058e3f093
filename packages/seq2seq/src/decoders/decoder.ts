import type { AttentionMemory, AttentionState } from "@throughtime/attention";
import type { HostTree, NoiseSource } from "@throughtime/cells";
import type { Dim, Key, Tensor, Tree } from "@throughtime/core";

/** What a decoder reads of the source at every step, made once for a sentence. Every leaf is [B, …]. */
export type DecoderMemory = { attention?: AttentionMemory };

/** What a decoder carries from word to word. Every leaf is [B, …]. */
export type DecoderState<S> = {
  cell: S;
  /** Luong's h̃ of the step before, where it is fed back: [B, A]. */
  attended?: Tensor;
  /** What the attention carries: its coverage, if it has any. */
  attention: AttentionState;
};

export interface Decoded<S> {
  readonly state: DecoderState<S>;
  /** What the next word is predicted from: [B, outputSize]. */
  readonly output: Tensor;
  /** Where the decoder looked: [B, S], for decoders with attention. */
  readonly weights?: Tensor;
}

/** One step of writing a sentence, around a cell: a plain value that holds no parameters. P: its own, S: its cell's state. */
export interface Decoder<P, S, N = Tree<Tensor>> {
  readonly name: string;
  /** E: the size of an embedded word. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** M: the size of the encoder's outputs that it reads; undefined where it reads none. */
  readonly memorySize: number | undefined;
  /** The cell's noise. */
  readonly noise?: Tree<NoiseSource>;
  init(key: Key): HostTree<P>;
  /** Zeros in the structure that a bridge fills. */
  initialCellState(batch: Dim): S;
  /** Once for a sentence. outputs: [S, B, M], the encoder's; lengths: i32 [B]. */
  prepare(params: P, outputs: Tensor, lengths: Tensor): DecoderMemory;
  /** The state before the first word, around the cell's. */
  start(cell: S, memory: DecoderMemory): DecoderState<S>;
  /** x: [B, E], the word before. */
  step(params: P, state: DecoderState<S>, x: Tensor, memory: DecoderMemory, noise?: N): Decoded<S>;
}

import type { HostTree } from "@throughtime/cells";
import type { DimNames, Key, NdArray, Tensor } from "@throughtime/core";
import type { EmbeddingParams, LinearParams } from "@throughtime/nn";

/** A window of tokens, and for each the one that follows it: i32 [T, B] both. */
export type TokenWindow<L> = { readonly x: L; readonly y: L };

/** The parameters of a model around a cell with parameters C. */
export type LanguageModelParams<C> = { embedding: EmbeddingParams; cell: C; output: LinearParams };

/** What the loss reads beside the parameters. */
export interface LanguageModelInputs<S> {
  readonly batch: TokenWindow<Tensor>;
  /** The state before the window. */
  readonly carry: S;
  /** What `noise` drew, as tensors; "none" in validation. A model with dropout throws OptionError where it is not given. */
  readonly noise?: unknown;
}

/**
 * A recurrent language model: embedding, cell, and a linear map to the logits of the next token. A plain value that holds
 * no parameters and no state. `initialState`, `noise`, `dims` and `loss` are what `train` takes; `logits` and `step` are
 * for inference. P, S and N: the trees of tensors that its parameters, state and noise are.
 */
export interface LanguageModel<P, S, N> {
  /** V */
  readonly vocabularySize: number;
  /** First values of all parameters, f32. Equal keys give equal values. */
  init(key: Key): HostTree<P>;
  /** The state of B sequences before their first token. */
  initialState(batch: number): HostTree<S>;
  /** Dropout masks for one window. An empty tree where the model has no dropout. Equal keys give equal masks. */
  noise(key: Key, batch: TokenWindow<NdArray>): HostTree<N>;
  /** Names for T and B wherever a training step's inputs have them, so that one Program serves every size. */
  readonly dims: { readonly batch: DimNames; readonly carry: DimNames; readonly noise: DimNames };
  /** The mean of −ln p(y) over a window, in nats per token, and the state after it. */
  loss(params: P, inputs: LanguageModelInputs<S>): { readonly loss: Tensor; readonly carry: S };
  /** Logits of the token after each: x i32 [T, B] → [T, B, V], and the state after the last. */
  logits(params: P, x: Tensor, state: S): { readonly logits: Tensor; readonly state: S };
  /** One step: token i32 [B] → logits [B, V], and the state after it. */
  step(params: P, token: Tensor, state: S): { readonly logits: Tensor; readonly state: S };
}

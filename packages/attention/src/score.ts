import type { Key, MapTree, NdArray, Tensor } from "@throughtime/core";

/**
 * How well a query fits each entry of a memory. `keys` is the part that depends on the memory only: it runs once for a
 * sequence, and `score` at every step. `attention` takes any object with these members.
 */
export interface Score<P> {
  /** For errors and printing: "additive". */
  readonly name: string;
  /** Q: the size of a query. */
  readonly querySize: number;
  /** M: the size of one entry of the memory. */
  readonly memorySize: number;
  /** Whether the score reads the coverage: the sums of all earlier weights (See, Liu & Manning 2017). */
  readonly coverage: "none" | "sum";
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): MapTree<P, Tensor, NdArray>;
  /** The memory as `score` reads it: [B, S, M] → [B, S, K]. */
  keys(params: P, memory: Tensor): Tensor;
  /** query [B, Q], keys [B, S, K], and the sums of all earlier weights [B, S] where the score asks for them → [B, S]. */
  score(params: P, query: Tensor, keys: Tensor, coverage?: Tensor): Tensor;
}

/** The sizes that every score needs. */
export interface ScoreSizes {
  /** Q: the size of a query, the decoder's state. */
  readonly querySize: number;
  /** M: the size of one entry of the memory, the encoder's output. */
  readonly memorySize: number;
}

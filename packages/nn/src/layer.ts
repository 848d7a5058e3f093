import type { Key, MapTree, NdArray, Tensor } from "@throughtime/core";

/** A map with parameters of its own, as a plain value: it holds no state, and its parameters are passed in. */
export interface Layer<P> {
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): MapTree<P, Tensor, NdArray>;
  /** The map, traced. */
  apply(params: P, x: Tensor): Tensor;
}

/** What a layer's parameters are: `ParamsOf<typeof output>`. */
export type ParamsOf<L> = L extends { apply(params: infer P, x: Tensor): Tensor } ? P : never;

import type { Key, MapTree, NdArray, Tensor } from "@throughtime/core";

/** A layer as a plain value. It holds neither state nor parameters: they are passed in. */
export interface Layer<P> {
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): MapTree<P, Tensor, NdArray>;
  /** Applies the layer, in a traced function. */
  apply(params: P, x: Tensor): Tensor;
}

/** What a layer's parameters are: `ParamsOf<typeof output>`. */
export type ParamsOf<L> = L extends { apply(params: infer P, x: Tensor): Tensor } ? P : never;

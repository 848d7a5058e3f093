import type { DimNames, Key, MapTree, NdArray, Tensor } from "@throughtime/core";

/** What an encoder gives a decoder, inside a Program. */
export interface EncodedImages {
  /** [B, L, D]: a vector for each place, row by row. */
  readonly grid: Tensor;
  /** [B, P]: one vector of the whole picture. */
  readonly pooled: Tensor;
}

/**
 * What an encoder reads, each with B first: `pixels` [B, C, H, W] if it is trained, `grid` [B, L, D] and `pooled` [B, P] if it is
 * frozen and they were made before. A: tensors in a Program, arrays outside of it.
 */
export type ImageTensors<A = Tensor> =
  | { readonly pixels: A; readonly grid?: never; readonly pooled?: never }
  | { readonly pixels?: never; readonly grid: A; readonly pooled: A };

/** Makes features of pictures inside a Program. A plain value, which holds no parameters. P: the tree of its parameters. */
export interface ImageEncoder<P = unknown> {
  /** For errors and printing: "cnn". */
  readonly name: string;
  /** The grid's rows and columns: L = height · width. */
  readonly height: number;
  readonly width: number;
  /** D */
  readonly gridSize: number;
  /** P */
  readonly pooledSize: number;
  /** How many parameters there are: numbers, not arrays. */
  readonly size: number;
  /** Names for axes of what it reads: `{ pixels: ["B", null, null, null] }`. */
  readonly dims: DimNames;
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): MapTree<P, Tensor, NdArray>;
  /** Throws ArgumentError where it is given what it does not read, ShapeError where sizes are others. */
  encode(params: P, images: ImageTensors): EncodedImages;
}

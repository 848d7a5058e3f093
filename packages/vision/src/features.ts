import { type NdArray, requireArray, ShapeError, shapeText } from "@throughtime/core";
import type { Preprocessing } from "./preprocessing.js";

/** A vector for each place of a picture, over which attention looks. */
export interface FeatureGrid {
  /** f32 [L, D], row by row: L = height · width. The annotation vectors of Xu et al. (2015). */
  readonly grid: NdArray;
  readonly height: number;
  readonly width: number;
}

/** What a decoder reads of a picture, whichever encoder made it. */
export interface ImageFeatures extends FeatureGrid {
  /** f32 [D]: one vector of the whole picture. Its D may be another one than the grid's. */
  readonly pooled: NdArray;
  /** How the picture was prepared that these were made of. */
  readonly preprocessing: Preprocessing;
}

/**
 * An encoder's feature map f32 [D, H, W], as PyTorch and ONNX have it, as a grid [H · W, D]. Throws ShapeError for another rank or
 * dtype, or a map without places.
 */
export function gridOf(map: NdArray): FeatureGrid {
  const [channels, height, width] = requireF32("gridOf: the feature map", map, 3, "[D, H, W]");
  const places = height * width;
  const data = new Float32Array(places * channels);
  for (let d = 0; d < channels; d++) {
    for (let l = 0; l < places; l++) data[l * channels + d] = map.data[d * places + l] as number;
  }
  return { grid: { data, shape: [places, channels], dtype: "f32" }, height, width };
}

/**
 * The mean of a grid's vectors: f32 [L, D] → [D], which is global average pooling (Lin et al., 2014). Throws ShapeError for another
 * rank or dtype, or a grid without places.
 */
export function meanPooled(grid: NdArray): NdArray {
  const [places, channels] = requireF32("meanPooled: the grid", grid, 2, "[L, D]");
  const sums = new Float64Array(channels);
  for (let at = 0; at < grid.data.length; at++)
    sums[at % channels] = (sums[at % channels] as number) + (grid.data[at] as number);
  return { data: Float32Array.from(sums, (sum) => sum / places), shape: [channels], dtype: "f32" };
}

function requireF32<N extends 2 | 3>(place: string, array: NdArray, rank: N, expected: string) {
  const { shape, dtype } = requireArray(place, array);
  if (dtype === "f32" && shape.length === rank && shape.every((size) => size > 0)) {
    return shape as unknown as N extends 2 ? [number, number] : [number, number, number];
  }
  throw new ShapeError(
    `${place} is ${dtype}${shapeText(shape)}; expected f32${expected}, one element or more along each axis.`,
    {
      shape,
      dtype,
    },
  );
}

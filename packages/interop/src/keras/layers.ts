import { CheckpointError, type NdArray, printable } from "@throughtime/core";
import type { LinearWeights } from "../pytorch/linear.js";
import { type NamedTensors, take } from "../tensors.js";
import { type KerasLayer, ownPath } from "./paths.js";

/** The parameters of an `embedding`. E: [vocabularySize, size]. */
export type EmbeddingWeights = { E: NdArray };

/** The parameters of a Keras Dense, as `linear` takes them. Throws CheckpointError where a weight is missing or of another shape. */
export function denseFromKeras(tensors: NamedTensors, layer: KerasLayer): LinearWeights {
  const who = "denseFromKeras";
  const W = read(who, tensors, layer, "kernel", [null, null]);
  const names = Object.keys(tensors);
  return ownPath(who, names, layer, "bias") === undefined
    ? { W }
    : { W, b: read(who, tensors, layer, "bias", [W.shape[1] as number]) };
}

/** The weights of a Keras Dense by their paths. `layer`: its whole path, "sequential/dense". */
export const denseToKeras = ({ W, b }: LinearWeights, layer: KerasLayer): Record<string, NdArray> => ({
  [`${layer}/kernel`]: W,
  ...(b ? { [`${layer}/bias`]: b } : {}),
});

/** The parameters of a Keras Embedding. Throws CheckpointError where it is missing or of another shape. */
export const embeddingFromKeras = (tensors: NamedTensors, layer: KerasLayer): EmbeddingWeights => ({
  E: read("embeddingFromKeras", tensors, layer, "embeddings", [null, null]),
});

/** The weight of a Keras Embedding by its path. `layer`: its whole path, "sequential/embedding". */
export const embeddingToKeras = ({ E }: EmbeddingWeights, layer: KerasLayer): Record<string, NdArray> => ({
  [`${layer}/embeddings`]: E,
});

function read(
  who: string,
  tensors: NamedTensors,
  layer: KerasLayer,
  part: string,
  shape: readonly (number | null)[],
): NdArray {
  const path = ownPath(who, Object.keys(tensors), layer, part);
  if (path === undefined) {
    const names = Object.keys(tensors)
      .slice(0, 20)
      .map((name) => printable(name));
    throw new CheckpointError(
      `${who}: there is no ${part} below ${printable(layer)}. There are: ${names.join(", ")}.`,
      { layer, part },
    );
  }
  return take(who, tensors, path, shape);
}

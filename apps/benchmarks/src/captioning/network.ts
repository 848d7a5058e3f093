import { additive, attention } from "@throughtime/attention";
import { captionModel, softAttention } from "@throughtime/captioning";
import { lstm } from "@throughtime/cells";
import { precomputed } from "@throughtime/vision";
import type { Trainable } from "../models/training-step.js";
import type { Inputs } from "../problem.js";

export interface CaptionSizes {
  /** Places of a picture: a square. */
  readonly L: number;
  /** The size of the vector of a place, of an embedded word, of the state and of attention's layer. */
  readonly D: number;
  readonly E: number;
  readonly H: number;
  readonly A: number;
  readonly V: number;
}

/** Xu et al. 2015 with soft attention, the scalar gate, deep output and the doubly stochastic penalty; pictures are features, made before. */
export function captionerOf({ L, D, E, H, A, V }: CaptionSizes) {
  const side = Math.sqrt(L);
  return captionModel({
    encoder: precomputed({ height: side, width: side, gridSize: D, pooledSize: 1 }),
    decoder: softAttention({
      cell: lstm({ inputSize: E + D, hiddenSize: H }),
      attention: attention(additive({ querySize: H, memorySize: D, size: A })),
    }),
    vocabularySize: V,
  });
}

/** The same, of the sizes of arrays that it was made with. */
export function captionerFor(inputs: Inputs): Trainable {
  const size = (name: string, axis: number) => inputs[name]?.shape[axis] as number;
  const [V, E] = [size("params.words.E", 0), size("params.words.E", 1)];
  const [D, A] = [size("params.decoder.attention.U", 0), size("params.decoder.attention.U", 1)];
  const sizes = { L: size("batch.images.grid", 1), D, E, H: size("params.decoder.cell.U", 0), A, V };
  return captionerOf(sizes) as Trainable;
}

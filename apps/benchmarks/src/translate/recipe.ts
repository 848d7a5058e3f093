import { flattenTree, foldIn, isNdArray, key, normal, splitKey, unflattenTree, zerosArray } from "@throughtime/core";
import type { Network, NetworkOptions } from "./network.js";

/** How a translator is trained, by all peers. */
export interface Recipe {
  /** Of embedded words, and of what the product with the vocabulary reads. */
  readonly dropout: number;
  readonly outputDropout: number;
  readonly labelSmoothing: number;
  /** Of Adam. "cosine": it falls to 0 over all steps as half a cosine does. */
  readonly learningRate: number;
  readonly schedule: "constant" | "cosine";
  readonly clipNorm: number;
  /** Places in a batch at most, source and target and padding together. */
  readonly tokens: number;
  /** "normal": all matrices N(0, 0.01²), biases 0. "own": as our cells and layers begin, embeddings N(0, 0.1²). */
  readonly initial: "normal" | "own";
}

/** "tutorial" is how bentrevett's "PyTorch Seq2Seq" trains this network; "better" keeps it from learning by heart. */
export const RECIPES = {
  tutorial: {
    ...{ dropout: 0.5, outputDropout: 0, labelSmoothing: 0, learningRate: 1e-3, schedule: "constant", clipNorm: 1 },
    ...{ tokens: 3500, initial: "normal" },
  },
  better: {
    ...{ dropout: 0.5, outputDropout: 0.5, labelSmoothing: 0.1, learningRate: 1e-3, schedule: "cosine", clipNorm: 1 },
    ...{ tokens: 1792, initial: "own" },
  },
} as const satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof RECIPES;

/** What of a recipe the network is made with. */
export const networkOptions = ({ dropout, outputDropout, labelSmoothing }: Recipe): Partial<NetworkOptions> => ({
  ...{ dropout, outputDropout, labelSmoothing, embeddings: 0.1 },
});

/** A network's first parameters, as a recipe has them. */
export function initialParams(model: Network, { initial }: Recipe, seed: number): unknown {
  const [own, drawn] = splitKey(key(seed));
  const params = model.init(own);
  if (initial === "own") return params;
  const { leaves, structure } = flattenTree(params, isNdArray);
  const isBias = (path: string) => /(^|\.)bn?$/.test(path);
  const { paths } = flattenTree(params, isNdArray);
  const first = leaves.map(({ shape }, i) =>
    isBias(paths[i] as string) ? zerosArray(shape) : normal(foldIn(drawn, i), shape, 0, 0.01),
  );
  return unflattenTree(structure, first);
}

import { flattenTree, isNdArray, type NdArray, sizeOf } from "@throughtime/core";

/** One array of a model's parameters. */
export interface LayerSummary {
  /** Where it stands in the tree: "cell.W". */
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** How many numbers it holds. */
  readonly count: number;
}

/** The arrays of a tree of parameters, in the tree's order. Throws ArgumentError for what is no tree of host arrays. */
export function layersOf(params: unknown): readonly LayerSummary[] {
  const { leaves, paths } = flattenTree<NdArray>(params, isNdArray, "layersOf: params", "arrays of the host");
  return leaves.map(({ shape, dtype }, i) => ({ path: paths[i] as string, shape, dtype, count: sizeOf(shape) }));
}

/** How many numbers all of them hold. */
export const layersTotal = (layers: readonly LayerSummary[]): number =>
  layers.reduce((sum, { count }) => sum + count, 0);

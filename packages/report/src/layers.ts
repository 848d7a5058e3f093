import { byteSize, DTYPES, flattenTree, isNdArray, type NdArray, printable, sizeOf } from "@throughtime/core";
import { formatBytes, formatCount } from "./format.js";

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

/** How many bytes they take. A dtype that this version does not know counts as f32. */
export const layersBytes = (layers: readonly LayerSummary[]): number =>
  layers.reduce((sum, { count, dtype }) => {
    const known = DTYPES.find((name) => name === dtype) ?? "f32";
    return sum + count * byteSize(known);
  }, 0);

/** Layers as lines for a terminal: path, shape and numbers, and the sum of all. */
export function layersText(layers: readonly LayerSummary[]): string {
  const rows = [
    ...layers.map(({ path, shape, count }) => [printable(path), `[${shape.join(", ")}]`, formatCount(count)] as const),
    ["all", "", formatCount(layersTotal(layers))] as const,
  ];
  const width = (column: 0 | 1 | 2) => rows.reduce((most, row) => Math.max(most, row[column].length), 0);
  const [first, second, third] = [width(0), width(1), width(2)];
  const lines = rows.map(
    ([path, shape, count]) => `${path.padEnd(first)}  ${shape.padEnd(second)}  ${count.padStart(third)}`,
  );
  return `${lines.join("\n")}  ${formatBytes(layersBytes(layers))}`;
}

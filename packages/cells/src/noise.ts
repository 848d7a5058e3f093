import {
  type Dim,
  type DimNames,
  dropoutMask,
  type FlatTree,
  flattenTree,
  foldIn,
  isTensor,
  type Key,
  mapTree,
  mul,
  type NdArray,
  OptionError,
  ShapeError,
  structureKey,
  type Tensor,
  type Tree,
  type Type,
  unflattenTree,
} from "@throughtime/core";
import type { AnyCell, HostTree } from "./cell.js";

/** How one tensor of a cell's noise is drawn: on the host, and then passed in, so that it is the same on every backend. */
export interface NoiseSource {
  readonly kind: "noise";
  /** "step": [T, B, size], drawn anew at every step. "sequence": [B, size], one draw for all steps. */
  readonly per: "step" | "sequence";
  readonly size: number;
  draw(key: Key, shape: readonly number[]): NdArray;
}

/** A cell as far as its noise goes. */
interface Noisy<N> {
  readonly noise?: Tree<NoiseSource>;
  step?(params: never, state: never, x: Tensor, noise?: N): unknown;
  unroll?(params: never, xs: Tensor, options: { readonly state: never; readonly noise?: N }): unknown;
}

export interface MaskOptions extends Pick<NoiseSource, "per" | "size"> {
  readonly rate: number;
}

/** A dropout mask: 0 with probability `rate`, else 1 / (1 − rate). Throws OptionError, when drawn, outside [0, 1). */
export const maskSource = ({ rate, size, per }: MaskOptions): NoiseSource => ({
  kind: "noise",
  per,
  size,
  draw: (key, shape) => dropoutMask(key, shape, rate),
});

/** x under a mask, where there is one: [B, size] for one step, or for all steps of [T, B, size]; or [T, B, size]. */
export const masked = (mask: Tensor | undefined, x: Tensor): Tensor => (mask ? mul(x, mask) : x);

export const isNoiseSource = (value: unknown): value is NoiseSource =>
  typeof value === "object" && value !== null && (value as NoiseSource).kind === "noise";

/**
 * The noise to apply: what was given, or undefined for "none" and for a cell without noise. Throws OptionError where the cell has
 * noise and none is given, so that dropout is never left out by mistake, and ShapeError where the given noise was drawn
 * for another cell.
 */
export function requireNoise<N>(
  owner: string,
  { name, noise: sources = {} }: { readonly name: string; readonly noise?: Tree<NoiseSource> },
  noise: N | "none" | undefined,
): N | undefined {
  if (noise === "none") return undefined;
  if (noise !== undefined) {
    requireSources(owner, sources, flattenTree(noise, isTensor));
    return noise;
  }
  const { paths } = flattenTree(sources, isNoiseSource);
  if (paths.length === 0) return undefined;
  throw new OptionError(
    `${owner}: ${name} has noise to apply while it trains, {${paths.join(", ")}}, but none is given. Pass what its noise drew, as train does with { noise: model.noise }, or say noise: "none".`,
    { expected: paths },
  );
}

/** A cell's sources, leaf by leaf of its noise. Throws ShapeError where the trees differ. */
export function requireSources(
  owner: string,
  sources: Tree<NoiseSource>,
  given: FlatTree<Tensor>,
): readonly NoiseSource[] {
  const expected = flattenTree(sources, isNoiseSource);
  if (structureKey(given.structure) === structureKey(expected.structure)) return expected.leaves;
  throw new ShapeError(
    `${owner}: noise has the leaves {${given.paths.join(", ")}}, but the cell expects {${expected.paths.join(", ")}}. Draw it with drawNoise().`,
    { expected: expected.paths, received: given.paths },
  );
}

/**
 * A cell's noise for one call of `unroll`: f32 arrays [T, B, size] or [B, size], as its sources say. Equal keys give equal
 * noise; undefined for a cell without any.
 */
export function drawNoise<N>(
  { noise }: Noisy<N>,
  key: Key,
  { T, B }: { readonly T: number; readonly B: number },
): HostTree<N> | undefined {
  if (noise === undefined) return undefined;
  const { leaves, structure } = flattenTree(noise, isNoiseSource);
  const drawn = leaves.map((source, i) =>
    source.draw(foldIn(key, i), source.per === "step" ? [T, B, source.size] : [B, source.size]),
  );
  return unflattenTree(structure, drawn) as HostTree<N>;
}

/** The types of a cell's noise, for `trace`; T and B may be named sizes. */
export const noiseTypes = ({ noise }: Pick<AnyCell, "noise">, T: Dim, B: Dim): Tree<Type> | undefined =>
  noise &&
  (mapTree(noise, isNoiseSource, ({ per, size }): Type => {
    return { shape: per === "step" ? [T, B, size] : [B, size], dtype: "f32" };
  }) as Tree<Type>);

/** The names of the axes of a cell's noise, for `compile`'s `dims`. */
export const noiseDims = ({ noise }: Pick<AnyCell, "noise">, T = "T", B = "B"): DimNames =>
  noise && (mapTree(noise, isNoiseSource, ({ per }) => (per === "step" ? [T, B, null] : [B, null])) as DimNames);

import { DataError, type NdArray, OptionError, quote, shapeText } from "@throughtime/core";
import type { Preprocessing } from "../preprocessing.js";

/** Where channels stand in a feature map: [N, D, H, W] or [N, H, W, D]. */
export type MapLayout = "chw" | "hwc";

/** What a tap gives of each picture: a map of vectors, or one vector. */
export type TapShape =
  | { readonly name: string; readonly kind: "map"; readonly layout: MapLayout; readonly size: Size }
  | { readonly name: string; readonly kind: "vector"; readonly channels: number };

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** How taps become a grid [L, D] and a pooled vector [P]. */
export interface GridPlan {
  readonly taps: readonly TapShape[];
  readonly height: number;
  readonly width: number;
  /** D */
  readonly gridSize: number;
  /** P */
  readonly pooledSize: number;
}

/** What values of taps were made of. */
export interface MadeOf {
  /** How many pictures. */
  readonly batch: number;
  readonly preprocessing: Preprocessing;
  readonly mapLayout: MapLayout | undefined;
}

/** The shapes of the taps, of their values for a batch of pictures. Throws DataError for other ranks, OptionError where a layout is not to be told. */
export function gridPlan(op: string, names: readonly string[], values: readonly NdArray[], from: MadeOf): GridPlan {
  const taps = values.map((value, i) => tapShape(op, names[i] as string, value, from));
  const maps = taps.filter((tap) => tap.kind === "map");
  const vectors = taps.filter((tap) => tap.kind === "vector");
  const length = vectors.reduce((sum, { channels }) => sum + channels, 0);
  if (maps.length === 0) return { taps, height: 1, width: 1, gridSize: length, pooledSize: length };
  const height = maps.reduce((least, tap) => Math.min(least, tap.size.height), Infinity);
  const width = maps.reduce((least, tap) => Math.min(least, tap.size.width), Infinity);
  const other = maps.find((tap) => tap.size.height % height !== 0 || tap.size.width % width !== 0);
  if (other) {
    const sizes = maps.map((tap) => `${quote(tap.name)} of ${tap.size.height} × ${tap.size.width}`).join(", ");
    throw new OptionError(
      `${op}: the taps have grids that do not fit together: ${sizes}. Choose taps of one grid, or of whole multiples of the smallest.`,
    );
  }
  const gridSize = maps.reduce((sum, tap) => sum + tap.size.channels, 0);
  return { taps, height, width, gridSize, pooledSize: vectors.length > 0 ? length : gridSize };
}

function tapShape(
  op: string,
  name: string,
  { shape, dtype }: NdArray,
  { batch, preprocessing: { size: picture }, mapLayout }: MadeOf,
): TapShape {
  const [count, a = 0, b = 0, c = 0] = shape;
  const isFloat = dtype === "f32" || dtype === "f64";
  if (count === batch && isFloat && shape.every((size) => size > 0)) {
    if (shape.length === 2) return { name, kind: "vector", channels: a };
    if (shape.length === 4) {
      const layout = mapLayout ?? layoutOf([a, b, c], picture);
      if (layout === undefined) {
        throw new OptionError(
          `${op}: the tap ${quote(name)} is ${shapeText(shape)} of a picture of ${picture.join(" × ")}, and neither side has its form. Say where its channels stand: "chw" or "hwc".`,
        );
      }
      const [channels, height, width] = layout === "chw" ? [a, b, c] : [c, a, b];
      return { name, kind: "map", layout, size: { height, width, channels } };
    }
  }
  throw new DataError(
    `${op}: the tap ${quote(name)} is ${dtype}${shapeText(shape)} for ${batch === 1 ? "one picture" : `${batch} pictures`}; expected a map [${batch}, D, H, W] or [${batch}, H, W, D], or a vector [${batch}, D]. Tap another value.`,
    { tap: name, shape },
  );
}

/** The most pixels by which a map's width may differ from what its height makes of the picture's form: sides are rounded. */
const ROUNDED = 1.5;

/** A map has the form of its picture, but for the rounding of its sides: that tells which of its axes are the channels. */
function layoutOf([a, b, c]: readonly [number, number, number], [height, width]: readonly [number, number]) {
  const off = (h: number, w: number) => Math.abs(w - (width * h) / height);
  const [chw, hwc] = [off(b, c), off(a, b)];
  if (Math.min(chw, hwc) > ROUNDED) return undefined;
  return chw <= hwc ? "chw" : "hwc";
}

/** One picture's grid [L, D] and pooled vector [P], of the taps' values for a batch. */
export function gridAt(
  { taps, height, width, gridSize }: GridPlan,
  values: readonly NdArray[],
  index: number,
): { readonly grid: Float32Array; readonly pooled: Float32Array | undefined } {
  const vectors = taps.flatMap((tap, i) => {
    if (tap.kind !== "vector") return [];
    const { data } = values[i] as NdArray;
    return [Float32Array.from(data.subarray(index * tap.channels, (index + 1) * tap.channels))];
  });
  const pooled = vectors.length > 0 ? joined(vectors) : undefined;
  if (pooled && vectors.length === taps.length) return { grid: pooled, pooled };
  const grid = new Float32Array(height * width * gridSize);
  let offset = 0;
  taps.forEach((tap, i) => {
    if (tap.kind !== "map") return;
    addMap(grid, { height, width, gridSize, offset }, tap, (values[i] as NdArray).data, index);
    offset += tap.size.channels;
  });
  return { grid, pooled };
}

/** Adds a map to its columns of a grid: where it is finer than the grid, the means of its places. */
function addMap(
  grid: Float32Array,
  to: { readonly height: number; readonly width: number; readonly gridSize: number; readonly offset: number },
  { layout, size }: Extract<TapShape, { kind: "map" }>,
  data: ArrayLike<number>,
  index: number,
): void {
  const { height, width, channels } = size;
  const places = height * width;
  const [down, across] = [height / to.height, width / to.width];
  const [perPlace, perChannel] = layout === "chw" ? [1, places] : [channels, 1];
  const share = 1 / (down * across);
  const from = index * places * channels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = Math.floor(y / down) * to.width + Math.floor(x / across);
      const at = place * to.gridSize + to.offset;
      const start = from + (y * width + x) * perPlace;
      for (let d = 0; d < channels; d++) {
        grid[at + d] = (grid[at + d] as number) + share * (data[start + d * perChannel] as number);
      }
    }
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

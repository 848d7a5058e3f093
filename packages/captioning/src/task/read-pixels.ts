import { foldIn, type Key, type NdArray } from "@throughtime/core";
import type { CaptionedImage } from "@throughtime/image-data";
import type { Host } from "@throughtime/task";
import {
  type Augmentation,
  augmentImage,
  fitPixels,
  type ImageSource,
  imageBatch,
  imageShape,
  type Pixels,
  type Preprocessing,
  pixelsToArray,
} from "@throughtime/vision";
import type { ReadImages } from "./captions.js";

/** Pictures that can be read, and those that cannot, with why. */
export interface Reader {
  readonly read: ReadImages;
  readonly failed: ReadonlyMap<string, Error>;
  /** Frees what it holds open. */
  release(): Promise<void>;
}

export interface ReadPixelsOptions {
  readonly host: Host;
  readonly preprocessing: Preprocessing;
  /** Of what is read with a key. */
  readonly augmentation?: Augmentation | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads pictures for an encoder that is trained. Those of files are decoded before, and kept as a byte for each channel of each pixel;
 * pixels are made into arrays when they are asked for. A picture that cannot be read is among the failed ones.
 */
export async function pixelReader(
  images: Iterable<CaptionedImage>,
  { host, preprocessing, augmentation, signal }: ReadPixelsOptions,
): Promise<Reader> {
  const kept = new Map<string, Uint8Array>();
  const failed = new Map<string, Error>();
  const sources = [...images].flatMap(({ source }) => ("pixels" in source ? [] : [source]));
  const { scale, mean, std } = preprocessing;
  const bytes: Preprocessing = { ...preprocessing, scale: 1, mean: mean.map(() => 0), std: std.map(() => 1) };
  let done = 0;
  for await (const { source, array, error } of host.images(sources, bytes, { signal })) {
    if (array) kept.set(source.name, Uint8Array.from(array.data, Math.round));
    else failed.set(source.name, error);
    host.progress({ what: "pictures", done: ++done, total: sources.length, failed: failed.size });
  }
  const shape = imageShape(preprocessing);
  const [channels, area] = [mean.length, preprocessing.size[0] * preprocessing.size[1]];
  const arrayOf = (source: ImageSource): NdArray => {
    if ("pixels" in source) return pixelsToArray(fitted(source.pixels, preprocessing), preprocessing);
    const from = kept.get(source.name) as Uint8Array;
    const data = new Float32Array(from.length);
    for (let c = 0; c < channels; c++) {
      const [m, s] = [mean[c] as number, std[c] as number];
      for (let i = c * area; i < (c + 1) * area; i++) data[i] = ((from[i] as number) * scale - m) / s;
    }
    return { data, shape, dtype: "f32" };
  };
  const moved = (array: NdArray, key: Key | undefined, i: number): NdArray =>
    key && augmentation ? augmentImage(array, preprocessing, augmentation, foldIn(key, i)) : array;
  return {
    failed,
    release: async () => {},
    read: async (some, key) => ({ pixels: imageBatch(some.map(({ source }, i) => moved(arrayOf(source), key, i))) }),
  };
}

/** Pixels of the preprocessing's size need no resizing: most of what generated pictures would cost beside their drawing. */
const fitted = (pixels: Pixels, preprocessing: Preprocessing): Uint8Array | Uint8ClampedArray => {
  const [height, width] = preprocessing.size;
  return pixels.height === height && pixels.width === width ? pixels.data : fitPixels(pixels, preprocessing);
};

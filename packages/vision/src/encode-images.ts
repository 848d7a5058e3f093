import { ArgumentError, DataError, type NdArray, optionsOf, printable } from "@throughtime/core";
import type { DecodedImage, DecodingProgress } from "./decode-with.js";
import { sha256 } from "./digest.js";
import type { ImageFeatures } from "./features.js";
import type { FrozenEncoder } from "./frozen/frozen-encoder.js";
import { imageBatch } from "./pixels.js";
import type { Preprocessing } from "./preprocessing.js";
import type { RowStore } from "./rows.js";
import type { ImageSource } from "./source.js";

/** A picture whose features are in the rows, under a key; or why they are not. */
export type EncodedSource = { readonly source: ImageSource } & (
  | { readonly key: string; readonly error?: undefined }
  | { readonly key?: undefined; readonly error: Error }
);

export interface EncodeImagesOptions {
  readonly encoder: FrozenEncoder;
  /** Rows of `featureWidth(encoder)` numbers, of what `encoder.describe()` says. */
  readonly rows: RowStore;
  /** Decodes pictures, several at once, in order: `decodeAll` of @throughtime/vision/node. */
  images(sources: AsyncIterable<ImageSource>, preprocessing: Preprocessing): AsyncIterable<DecodedImage>;
  /** A file's bytes: `readFile`. Default: sources have no paths. */
  open?(path: string): Promise<Uint8Array>;
  /** Called after each picture: how many are done, how many of these failed, and how many there are, where a list was given. */
  readonly onProgress?: ((progress: DecodingProgress) => void) | undefined;
  /** Ends the run: its reason is thrown before the next picture. */
  readonly signal?: AbortSignal | undefined;
}

/** How many numbers the features of a picture are, as a row: the grid, then the pooled vector. */
export const featureWidth = ({ height, width, gridSize, pooledSize }: FeatureSizes): number =>
  height * width * gridSize + pooledSize;

/** The sizes of an encoder, or of its description. */
export type FeatureSizes = Pick<FrozenEncoder, "height" | "width" | "gridSize" | "pooledSize">;

/**
 * Computes the features of pictures that are not in the rows, and adds them: keyed by the SHA-256 of a file's bytes, so that a file may have
 * any name. The next pictures are decoded while one is encoded. Gives a result for each picture, in the order of the sources; one that cannot be
 * read, or of which the encoder makes no numbers, is a result with its error. Throws what the sources, the encoder, and a full place of
 * the rows throw.
 *
 * @example
 * const rows = await diskRows({ folder: "features", of: encoder.describe(), width: featureWidth(encoder) });
 * for await (const { source, key, error } of encodeImages(sources, { encoder, rows, images: decodeAll, open: readFile })) …
 */
export async function* encodeImages(
  sources: Iterable<ImageSource> | AsyncIterable<ImageSource>,
  options: EncodeImagesOptions,
): AsyncGenerator<EncodedSource, void, undefined> {
  const names = ["encoder", "rows", "images", "open", "onProgress", "signal"] as const;
  const { encoder, rows, images, open, onProgress, signal } = optionsOf("encodeImages", options, ...names);
  const total = Array.isArray(sources) ? sources.length : undefined;
  let [done, failed] = [0, 0];
  const told = (result: EncodedSource): EncodedSource => {
    done++;
    if (result.error !== undefined) failed++;
    onProgress?.({ done, failed, total });
    return result;
  };
  /** All pictures in order, and whose turn it is. */
  const line: Waiting[] = [];
  let next = 0;
  /** Of these, those that are being decoded, and those that wait for a whole batch of the encoder. */
  const decoding: Waiting[] = [];
  const batch: Waiting[] = [];
  const begin = (source: ImageSource, key: string, result?: EncodedSource): Waiting => {
    const one: Waiting = { source, key, array: undefined, result: result && told(result) };
    line.push(one);
    return one;
  };
  async function* missing(): AsyncGenerator<ImageSource> {
    for await (const source of sources) {
      signal?.throwIfAborted();
      const loaded = await withBytes(source, open);
      if (loaded instanceof Error) {
        begin(source, "", { source, error: loaded });
        continue;
      }
      const key = await keyOf(loaded);
      if (await rows.has(key)) begin(source, key, { source, key });
      else {
        decoding.push(begin(source, key));
        yield loaded;
      }
    }
  }
  const encode = async (): Promise<void> => {
    const some = batch.splice(0);
    const results = await added(encoder, rows, some);
    for (const [i, one] of some.entries()) {
      one.array = undefined;
      one.result = told(results[i] as EncodedSource);
    }
  };
  /** Those whose turn it is and that have a result. */
  function* ready(): Generator<EncodedSource> {
    for (let one = line[next]; one?.result !== undefined; one = line[++next]) yield one.result;
  }
  for await (const { array, error } of images(missing(), encoder.preprocessing)) {
    const one = decoding.shift() as Waiting;
    if (error !== undefined) one.result = told({ source: one.source, error });
    else {
      one.array = array;
      batch.push(one);
      if (batch.length === encoder.batch) await encode();
    }
    yield* ready();
  }
  if (batch.length > 0) await encode();
  yield* ready();
}

/** A picture on its way. */
interface Waiting {
  readonly source: ImageSource;
  readonly key: string;
  array: NdArray | undefined;
  result: EncodedSource | undefined;
}

/** Encodes pictures, and adds their features. */
async function added(encoder: FrozenEncoder, rows: RowStore, some: readonly Waiting[]): Promise<EncodedSource[]> {
  const all = await encoder.encode(imageBatch(some.map(({ array }) => array as NdArray))).catch(asDataError);
  const results: EncodedSource[] = [];
  for (const [i, { source, key }] of some.entries()) {
    const error = all instanceof Error ? all : await rows.write(key, rowOf(all[i] as ImageFeatures)).catch(asDataError);
    results.push(error ? { source, error } : { source, key });
  }
  return results;
}

/** What one picture is to blame for. */
function asDataError(error: Error): Error {
  if (error.name === "DataError") return error;
  throw error;
}

function rowOf({ grid, pooled }: ImageFeatures): Float32Array {
  const row = new Float32Array(grid.data.length + pooled.data.length);
  row.set(grid.data);
  row.set(pooled.data, grid.data.length);
  return row;
}

/** A picture with its bytes, or why it cannot be read. */
async function withBytes(source: ImageSource, open: EncodeImagesOptions["open"]): Promise<Loaded | Error> {
  if (!("path" in source)) return source;
  if (!open) throw new ArgumentError(`encodeImages: ${source.name} is a path, and there is no \`open\` to read it.`);
  try {
    return { name: source.name, bytes: await open(source.path) };
  } catch (cause) {
    const { name, message } = cause as Error;
    if (name === "DataError") return cause as Error;
    return new DataError(`encodeImages: cannot read ${printable(source.name)}: ${message}`, {}, { cause });
  }
}

type Loaded = Exclude<ImageSource, { readonly path: string }>;

/** What a picture's features are found by. */
function keyOf(source: Loaded): Promise<string> {
  if ("bytes" in source) return sha256(source.bytes);
  const { data, width, height } = source.pixels;
  const header = new TextEncoder().encode(`RGBA ${width} ${height} `);
  const all = new Uint8Array(header.length + data.length);
  all.set(header);
  all.set(data, header.length);
  return sha256(all);
}

/** The features of pictures as a decoder's Program reads them: grid f32 [B, L, D] and pooled f32 [B, P]. Throws what `rows.read` throws. */
export async function featuresOf(
  rows: RowStore,
  keys: readonly string[],
  sizes: FeatureSizes,
): Promise<{ readonly grid: NdArray; readonly pooled: NdArray }> {
  const { height, width, gridSize, pooledSize } = sizes;
  const places = height * width;
  const [grid, pooled] = (await rows.read(keys, [places * gridSize, pooledSize])) as [Float32Array, Float32Array];
  return {
    grid: { data: grid, shape: [keys.length, places, gridSize], dtype: "f32" },
    pooled: { data: pooled, shape: [keys.length, pooledSize], dtype: "f32" },
  };
}

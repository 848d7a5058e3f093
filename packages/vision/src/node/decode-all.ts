import { availableParallelism } from "node:os";
import { type NdArray, OptionError, optionsOf, requireFunction, requireList } from "@throughtime/core";
import { requirePreprocessing } from "../check.js";
import type { Preprocessing } from "../preprocessing.js";
import { DEFAULT_LIMIT, decodedImage, requireLimit } from "./read-image.js";
import { svgRenderer } from "./svg.js";

/** One of several pictures: its array, or why it has none. */
export type DecodedImage =
  | { readonly path: string; readonly array: NdArray; readonly error?: undefined }
  | { readonly path: string; readonly array?: undefined; readonly error: Error };

export interface DecodeAllOptions {
  /** How many pictures are worked on at once, and so held in memory. Default: as many as there are processors. */
  readonly concurrency?: number | undefined;
  /** Called after each picture: how many are done, how many of these failed, and how many there are. */
  readonly onProgress?: ((progress: { done: number; failed: number; total: number }) => void) | undefined;
  /** Ends the run: its reason is thrown before the next picture. */
  readonly signal?: AbortSignal | undefined;
  /** As in readImage. */
  readonly limitInputPixels?: number | undefined;
}

/**
 * Many pictures, several at once, in the order of their paths. A file that cannot be read is one result with an error, and never ends the
 * run. The next pictures are read while the caller works on this one, never more than `concurrency`.
 * Throws OptionError where an option is outside what it may be, and the signal's reason where it is aborted.
 */
export function decodeAll(
  paths: readonly string[],
  preprocessing: Preprocessing,
  options: DecodeAllOptions = {},
): AsyncGenerator<DecodedImage, void, undefined> {
  requireList("decodeAll: the paths", paths);
  const given = optionsOf("decodeAll", options, "concurrency", "onProgress", "signal", "limitInputPixels");
  const { concurrency = availableParallelism(), onProgress, signal, limitInputPixels = DEFAULT_LIMIT } = given;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new OptionError(`decodeAll: concurrency is ${String(concurrency)}; expected a whole number from 1.`, {
      concurrency,
    });
  }
  requireLimit("decodeAll", limitInputPixels);
  requirePreprocessing("decodeAll", preprocessing);
  if (onProgress !== undefined) requireFunction("decodeAll: onProgress", onProgress);
  const svg = svgRenderer();
  const decode = async (path: string): Promise<DecodedImage> => {
    try {
      return { path, array: await decodedImage(path, preprocessing, { limit: limitInputPixels, svg }) };
    } catch (error) {
      return { path, error: error as Error };
    }
  };
  return (async function* () {
    try {
      yield* inOrder(paths, decode, { concurrency, onProgress, signal });
    } finally {
      await svg.close();
    }
  })();
}

async function* inOrder(
  paths: readonly string[],
  decode: (path: string) => Promise<DecodedImage>,
  { concurrency, onProgress, signal }: DecodeAllOptions & { concurrency: number },
): AsyncGenerator<DecodedImage, void, undefined> {
  const running: Promise<DecodedImage>[] = [];
  let [done, failed] = [0, 0];
  signal?.throwIfAborted();
  for (let next = 0; done < paths.length; ) {
    while (next < paths.length && running.length < concurrency) running.push(decode(paths[next++] as string));
    const result = await (running[0] as Promise<DecodedImage>);
    signal?.throwIfAborted();
    running.shift();
    if (next < paths.length) running.push(decode(paths[next++] as string));
    done++;
    if (result.error !== undefined) failed++;
    onProgress?.({ done, failed, total: paths.length });
    yield result;
  }
}

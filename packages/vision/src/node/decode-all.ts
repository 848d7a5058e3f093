import { availableParallelism } from "node:os";
import { ArgumentError, describe, type NdArray, OptionError, optionsOf, requireFunction } from "@throughtime/core";
import { requirePreprocessing } from "../check.js";
import type { Preprocessing } from "../preprocessing.js";
import { type ImageSource, imageSource } from "../source.js";
import { DEFAULT_LIMIT, decodedImage, requireLimit } from "./read-image.js";
import { svgRenderer } from "./svg.js";

/** One of several pictures: its array, or why it has none. */
export type DecodedImage = { readonly source: ImageSource } & (
  | { readonly array: NdArray; readonly error?: undefined }
  | { readonly array?: undefined; readonly error: Error }
);

type Sources = Iterable<string | ImageSource> | AsyncIterable<string | ImageSource>;

export interface DecodingProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number | undefined;
}

export interface DecodeAllOptions {
  /** How many pictures are worked on at once, and so held in memory. Default: as many as there are processors. */
  readonly concurrency?: number | undefined;
  /** Called after each picture: how many are done, how many of these failed, and how many there are, where a list was given. */
  readonly onProgress?: ((progress: DecodingProgress) => void) | undefined;
  /** Ends the run: its reason is thrown before the next picture. */
  readonly signal?: AbortSignal | undefined;
  /** As in readImage. */
  readonly limitInputPixels?: number | undefined;
}

/**
 * Many pictures, several at once, in the order of their sources: paths, or sources with a name. A picture that cannot be read is one result
 * with an error, and never ends the run. The next pictures are read while the caller works on this one, never more than `concurrency`.
 * Throws OptionError where an option is outside what it may be, ArgumentError for what is no source, what the sources throw, and the signal's
 * reason where it is aborted.
 */
export function decodeAll(
  sources: Sources,
  preprocessing: Preprocessing,
  options: DecodeAllOptions = {},
): AsyncGenerator<DecodedImage, void, undefined> {
  const iterator = iteratorOf(sources);
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
  const total = Array.isArray(sources) ? sources.length : undefined;
  const svg = svgRenderer();
  const decode = async (given: string | ImageSource): Promise<DecodedImage> => {
    const source = imageSource("decodeAll", given);
    try {
      return { source, array: await decodedImage(source, preprocessing, { limit: limitInputPixels, svg }) };
    } catch (error) {
      return { source, error: error as Error };
    }
  };
  return (async function* () {
    let [done, failed] = [0, 0];
    try {
      for await (const result of inOrder(iterator, decode, concurrency, signal)) {
        done++;
        if (result.error !== undefined) failed++;
        onProgress?.({ done, failed, total });
        yield result;
      }
    } finally {
      await svg.close();
    }
  })();
}

type AnyIterator<T> = Iterator<T> | AsyncIterator<T>;

function iteratorOf(sources: Sources): AnyIterator<string | ImageSource> {
  if (typeof sources === "object" && sources !== null) {
    if (Symbol.asyncIterator in sources) return sources[Symbol.asyncIterator]();
    if (Symbol.iterator in sources) return sources[Symbol.iterator]();
  }
  throw new ArgumentError(`decodeAll: the sources are ${describe(sources)}; expected a list, or an iterable of them.`);
}

/** What `work` makes of each, in order: of at most `concurrency` at once, whether they are being waited for or worked on. */
async function* inOrder<T, R>(
  iterator: AnyIterator<T>,
  work: (each: T) => Promise<R>,
  concurrency: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<R, void, undefined> {
  let pulled: Promise<{ readonly done?: boolean | undefined } | undefined> = Promise.resolve(undefined);
  let ended = false;
  const running: Promise<{ readonly value: R } | undefined>[] = [];
  const begin = () => {
    const pull = pulled.then(async (last) => (last?.done ? last : await iterator.next()));
    const result = pull.then(async (next) => {
      if (!next.done) return { value: await work((next as IteratorYieldResult<T>).value) };
      ended = true;
      return undefined;
    });
    // What failed is thrown where its turn comes.
    result.catch(() => undefined);
    pulled = pull;
    running.push(result);
  };
  try {
    signal?.throwIfAborted();
    for (;;) {
      while (!ended && running.length < concurrency) begin();
      const result = await running.shift();
      signal?.throwIfAborted();
      if (result === undefined) return;
      if (!ended) begin();
      yield result.value;
    }
  } finally {
    // Not waited for: an iterator that is in the middle of its work answers when that is done, which may be never.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

import { ArgumentError, describe, type NdArray, OptionError, optionsOf, requireFunction } from "@throughtime/core";
import { type ImageSource, imageSource } from "./source.js";

/** One of several pictures: its array, or why it has none. */
export type DecodedImage = { readonly source: ImageSource } & (
  | { readonly array: NdArray; readonly error?: undefined }
  | { readonly array?: undefined; readonly error: Error }
);

/** Paths, or sources with a name; as a list, or as they come. */
export type ImageSources = Iterable<string | ImageSource> | AsyncIterable<string | ImageSource>;

export interface DecodingProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number | undefined;
}

export interface DecodeWithOptions {
  /** How many pictures are worked on at once, and so held in memory. Default: 4; of decodeAll, as many as there are processors. */
  readonly concurrency?: number | undefined;
  /** Called after each picture: how many are done, how many of these failed, and how many there are, where a list was given. */
  readonly onProgress?: ((progress: DecodingProgress) => void) | undefined;
  /** Ends the run: its reason is thrown before the next picture. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Many pictures by a decoder, several at once, in the order of their sources. A picture that cannot be read is one result with an error, and
 * never ends the run. The next pictures are read while the caller works on this one, never more than `concurrency`.
 * Throws OptionError where an option is outside what it may be, ArgumentError for what is no source, what the sources throw, and the signal's
 * reason where it is aborted.
 *
 * @example for await (const { source, array, error } of decodeWith((one) => imageFromBlob(files[one.name], p), sources)) …
 */
export function decodeWith(
  decode: (source: ImageSource) => Promise<NdArray>,
  sources: ImageSources,
  options: DecodeWithOptions = {},
): AsyncGenerator<DecodedImage, void, undefined> {
  requireFunction("decodeWith: the decoder", decode);
  return decodeEach("decodeWith", decode, sources, options);
}

/** decodeWith, as the operation whose name errors say. */
export function decodeEach(
  op: string,
  decode: (source: ImageSource) => Promise<NdArray>,
  sources: ImageSources,
  options: DecodeWithOptions,
): AsyncGenerator<DecodedImage, void, undefined> {
  const iterator = iteratorOf(op, sources);
  const { concurrency = 4, onProgress, signal } = optionsOf(op, options, "concurrency", "onProgress", "signal");
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new OptionError(`${op}: concurrency is ${String(concurrency)}; expected a whole number from 1.`, {
      concurrency,
    });
  }
  if (onProgress !== undefined) requireFunction(`${op}: onProgress`, onProgress);
  const total = Array.isArray(sources) ? sources.length : undefined;
  const work = async (given: string | ImageSource): Promise<DecodedImage> => {
    const source = imageSource(op, given);
    try {
      return { source, array: await decode(source) };
    } catch (error) {
      // No picture is to blame where the decoder is not there.
      if ((error as Error).name === "BackendError") throw error;
      return { source, error: error as Error };
    }
  };
  return (async function* () {
    let [done, failed] = [0, 0];
    for await (const result of inOrder(iterator, work, concurrency, signal)) {
      done++;
      if (result.error !== undefined) failed++;
      onProgress?.({ done, failed, total });
      yield result;
    }
  })();
}

type AnyIterator<T> = Iterator<T> | AsyncIterator<T>;

function iteratorOf(op: string, sources: ImageSources): AnyIterator<string | ImageSource> {
  if (typeof sources === "object" && sources !== null) {
    if (Symbol.asyncIterator in sources) return sources[Symbol.asyncIterator]();
    if (Symbol.iterator in sources) return sources[Symbol.iterator]();
  }
  throw new ArgumentError(`${op}: the sources are ${describe(sources)}; expected a list, or an iterable of them.`);
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

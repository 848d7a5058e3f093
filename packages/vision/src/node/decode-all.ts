import { availableParallelism } from "node:os";
import { requirePreprocessing } from "../check.js";
import { type DecodedImage, type DecodeWithOptions, decodeEach, type ImageSources } from "../decode-with.js";
import type { Preprocessing } from "../preprocessing.js";
import { DEFAULT_LIMIT, decodedImage, requireLimit } from "./read-image.js";
import { svgRenderer } from "./svg.js";

export interface DecodeAllOptions extends DecodeWithOptions {
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
  sources: ImageSources,
  preprocessing: Preprocessing,
  options: DecodeAllOptions = {},
): AsyncGenerator<DecodedImage, void, undefined> {
  const { limitInputPixels: limit = DEFAULT_LIMIT, ...rest } = options;
  const svg = svgRenderer();
  const how = { concurrency: availableParallelism(), ...rest };
  const decoded = decodeEach("decodeAll", (one) => decodedImage(one, preprocessing, { limit, svg }), sources, how);
  requireLimit("decodeAll", limit);
  requirePreprocessing("decodeAll", preprocessing);
  return (async function* () {
    try {
      yield* decoded;
    } finally {
      await svg.close();
    }
  })();
}

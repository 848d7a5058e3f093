import { DataError } from "@throughtime/core";
import type { CaptionedImage } from "@throughtime/image-data";
import { bytesOf, type Files, type Host } from "@throughtime/task";
import { encodeImages, type FrozenEncoder, featuresOf, type RowStore } from "@throughtime/vision";
import type { Reader } from "./read-pixels.js";

export interface ReadFeaturesOptions {
  readonly encoder: FrozenEncoder;
  readonly host: Host;
  readonly files: Files;
  /** Where the features are kept. The reader closes it. */
  readonly rows: RowStore;
  readonly signal?: AbortSignal | undefined;
}

/** A picture's most bytes. */
const MOST_BYTES = 2 ** 30;

/**
 * Reads the features that a frozen encoder makes of pictures: those that are not among the rows are computed before. They are read row by row,
 * so that a data set may be larger than memory. A picture that cannot be read is among the failed ones.
 */
export async function featureReader(
  images: Iterable<CaptionedImage>,
  { encoder, host, files, rows, signal }: ReadFeaturesOptions,
): Promise<Reader> {
  const keys = new Map<string, string>();
  const failed = new Map<string, Error>();
  const sources = [...images].map(({ source }) => source);
  const found = encodeImages(sources, {
    ...{ encoder, rows, signal },
    images: (some, preprocessing) => host.images(some, preprocessing, { signal }),
    open: (path) => bytesOf(files, path, { most: MOST_BYTES, once: true }),
    onProgress: (now) => host.progress({ what: "features", ...now }),
  });
  for await (const { source, key, error } of found) {
    if (error) failed.set(source.name, error);
    else keys.set(source.name, key);
  }
  return {
    failed,
    read: (some) =>
      featuresOf(
        rows,
        some.map(({ source: { name } }) => {
          const key = keys.get(name);
          if (key === undefined) throw new DataError(`the features of ${name} were not computed.`);
          return key;
        }),
        encoder,
      ),
    release: () => rows.close(),
  };
}

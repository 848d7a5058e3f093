import { BackendError, type NdArray } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import {
  decodeWith,
  fitPixels,
  type ImageSource,
  imageFromBlob,
  memoryRows,
  type Preprocessing,
  pixelsToArray,
  type RowStore,
} from "@throughtime/vision";
import { bytesOf, type Files } from "./files.js";
import type { Host, HostProgress } from "./host.js";

export interface MemoryHostOptions {
  /** Where the paths of pictures lead. */
  readonly files: Files;
  /** A picture's array, of a file's bytes. Default: by `imageFromBlob`, which is there in pages and workers. */
  decode?(bytes: Uint8Array, preprocessing: Preprocessing, name: string): Promise<NdArray>;
  /** ONNX Runtime: `() => import("onnxruntime-web")`. Default: there is none. */
  onnx?(): Promise<OnnxRuntime>;
  /** Called as long work goes on. */
  onProgress?(now: HostProgress): void;
}

/** A picture's most bytes. */
const MOST_BYTES = 2 ** 30;

/**
 * What tasks ask for, in a page or a test: pictures are decoded by the browser, and rows stay in memory as long as the host.
 *
 * @example const host = memoryHost({ files, onnx: () => import("onnxruntime-web") });
 */
export function memoryHost({ files, decode = inPage, onnx = noRuntime, onProgress }: MemoryHostOptions): Host {
  const stores = new Map<string, RowStore>();
  const arrayOf = async (source: ImageSource, preprocessing: Preprocessing): Promise<NdArray> => {
    if ("pixels" in source) return pixelsToArray(fitPixels(source.pixels, preprocessing), preprocessing);
    const bytes =
      "bytes" in source ? source.bytes : await bytesOf(files, source.path, { most: MOST_BYTES, once: true });
    return decode(bytes, preprocessing, source.name);
  };
  return {
    images: (sources, preprocessing, options = {}) =>
      decodeWith((source) => arrayOf(source, preprocessing), sources, options),
    onnx,
    async rows({ of, folder: _, ...options }) {
      const key = JSON.stringify([of, options.width, options.dtype ?? "f16"]);
      const store = stores.get(key) ?? memoryRows(options);
      stores.set(key, store);
      return store;
    },
    progress: (now) => onProgress?.(now),
  };
}

const inPage = (bytes: Uint8Array, preprocessing: Preprocessing): Promise<NdArray> =>
  imageFromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]), preprocessing);

async function noRuntime(): Promise<never> {
  throw new BackendError(
    "memoryHost: there is no ONNX Runtime. Give it as `onnx`, a function that imports onnxruntime-web.",
  );
}

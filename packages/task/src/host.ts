import { OptionError } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import type { DecodedImage, ImageSource, Preprocessing, RowOptions, RowStore } from "@throughtime/vision";

/**
 * What a task may ask its surroundings for, beside files: a command line, a page and a test have it from different places. Nothing is loaded
 * before it is asked for.
 */
export interface Host {
  /**
   * Pictures as arrays, several at once, in the order of their sources, as `decodeAll` of @throughtime/vision gives them: one that cannot be
   * read is a result with its error. A source's path is one of `files`. Throws BackendError where nothing here decodes pictures.
   */
  images(
    sources: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    preprocessing: Preprocessing,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<DecodedImage>;
  /** The module onnxruntime-node or onnxruntime-web. Throws BackendError where there is none. */
  onnx(): Promise<OnnxRuntime>;
  /** Rows of numbers that outlive the run: on a disk where there is one, else in memory. The caller closes it. */
  rows(options: HostRowOptions): Promise<RowStore>;
  /** Shows how far a long piece of work is that stands before the training or before a use's first word. */
  progress(now: HostProgress): void;
}

export interface HostRowOptions extends RowOptions {
  /** What the rows are of, as plain JSON: of another value there are other rows. */
  readonly of: object;
  /** The folder of such rows. Default: the host's own. */
  readonly folder?: string | undefined;
}

export interface HostProgress {
  /** What is done: "features". */
  readonly what: string;
  readonly done: number;
  /** How many there are; undefined where that is not known. */
  readonly total?: number | undefined;
  readonly failed?: number | undefined;
}

/** What a task gets where its caller gave it no host: an error when it asks for something. */
export function noHost(op: string): Host {
  const missing = (what: string) => (): never => {
    throw new OptionError(
      `${op}: the task asks for ${what}, and there is no host. Give one: ${op}(…, { …, host: memoryHost({ files }) }).`,
      { what },
    );
  };
  return {
    images: missing("pictures as arrays"),
    onnx: async () => missing("ONNX Runtime")(),
    rows: async () => missing("a store of rows")(),
    progress() {},
  };
}

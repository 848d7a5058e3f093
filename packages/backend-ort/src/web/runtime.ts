import { OptionError, type TypedArray } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Runtime } from "../runtime.js";
import { hasThreads } from "./threads.js";

/** onnxruntime-web as a runtime that behaves like onnxruntime-node, and what it was started with. */
interface Started {
  readonly runtime: Runtime;
  readonly threads: number;
}

/** onnxruntime-web is one WebAssembly instance for the whole page, so what is known of it must be the same for all backends. */
const started = new WeakMap<Runtime, Started>();

/**
 * Makes onnxruntime-web behave like onnxruntime-node, with a number of threads (1 where there is no shared memory) and the
 * folder of its .wasm files. Both are settled when it is first used. Throws OptionError for another number of threads later.
 */
export function startWeb(
  given: Runtime,
  threads: number | undefined,
  fallback: number,
  assets: string | URL | undefined,
): Started {
  const known = started.get(given);
  const wanted = hasThreads() ? threads : threads && 1;
  if (known) {
    if (wanted === undefined || wanted === known.threads) return known;
    throw new OptionError(
      `ort: threads is ${wanted}, but onnxruntime-web runs on ${known.threads} in this page already, for as long as it lives. Ask for the same number each time.`,
      { threads: wanted, running: known.threads },
    );
  }
  const { wasm } = given.env;
  // Who imported the runtime may have set it up.
  const own: Started = { runtime: inOrder(given), threads: wanted ?? (wasm?.numThreads || fallback) };
  if (wasm) {
    wasm.numThreads = own.threads;
    if (assets !== undefined) wasm.wasmPaths = folderUrl(assets);
  }
  started.set(given, own);
  return own;
}

/** An absolute URL that ends in "/". */
function folderUrl(assets: string | URL): string {
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(assets, location?.href).href;
  return url.endsWith("/") ? url : `${url}/`;
}

/**
 * Two things that onnxruntime-web does otherwise. A call that waits for the GPU leaves the instance in the middle of it, and
 * another one then fails or ends it, so no two overlap. And what it computes is not written into tensors that are handed in.
 */
function inOrder(given: Runtime): Runtime {
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(call: () => Promise<T>): Promise<T> => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  };
  const orderly = (session: InferenceSession) => ({
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds: Feeds, fetches: Feeds | readonly string[]): Promise<InferenceSession.ReturnType> {
      if (Array.isArray(fetches)) return next(() => session.run(feeds, fetches as string[]));
      const tensors = fetches as Feeds;
      const results = await next(() => session.run(feeds, Object.keys(tensors)));
      for (const [name, tensor] of Object.entries(tensors)) {
        (tensor.data as TypedArray).set((results[name] as Tensor).data as TypedArray);
      }
      return tensors;
    },
    release: () => next(() => session.release()),
  });
  return {
    Tensor: given.Tensor,
    env: given.env,
    InferenceSession: {
      create: (model, options) =>
        next(async () => orderly(await given.InferenceSession.create(model, options)) as unknown as InferenceSession),
    },
  };
}

type Feeds = Record<string, Tensor>;

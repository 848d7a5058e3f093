import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { DataError, printable } from "@throughtime/core";
import type { Pixels } from "../fit-pixels.js";
import type { Preprocessing } from "../preprocessing.js";
import { cappedMemory } from "./capped-memory.js";
import { resvgFile } from "./load.js";
import { SVG_WORKER } from "./svg-worker.js";

/** An SVG's most bytes, its most pixels where one that is long and narrow is drawn to cover a square, and its most time. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_PIXELS = 2 ** 24;
const MOST_SECONDS = 5;
/** Of memory, 512 MiB in pages of 64 KiB. */
const MOST_PAGES = 2 ** 13;
/** Each may take as much. */
const MOST_WORKERS = 4;

/** Draws SVGs in workers, of which each begins with its first one. */
export interface SvgRenderer {
  /**
   * An SVG drawn at the size at which it is needed, with its own proportions. Nothing is loaded from the network or from other files.
   * Throws DataError where it is no SVG, takes too much, or holds pictures.
   */
  render(name: string, text: string, preprocessing: Preprocessing): Promise<Pixels>;
  close(): Promise<void>;
}

type Reply = { readonly pixels: Pixels; readonly error?: undefined } | { readonly error: string };

/** Each worker draws one SVG after the other. The next one goes to the worker with least to do, of equal ones to the first. */
export function svgRenderer(): SvgRenderer {
  const count = Math.min(availableParallelism(), MOST_WORKERS);
  const all = Array.from({ length: count }, () => ({ one: inOneWorker(), waiting: 0 }));
  return {
    render(...picture) {
      const idle = all.reduce((least, each) => (each.waiting < least.waiting ? each : least));
      idle.waiting++;
      return idle.one.render(...picture).finally(() => idle.waiting--);
    },
    close: async () => void (await Promise.all(all.map(({ one }) => one.close()))),
  };
}

function inOneWorker(): SvgRenderer {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const close = async () => {
    const closing = worker;
    worker = undefined;
    await closing?.terminate();
  };
  return {
    close,
    render(name, text, { size, fit }) {
      const most = Math.max(MOST_PIXELS, size[0] * size[1]);
      const next = last.then(async () => {
        requireHarmless(name, text);
        worker ??= started();
        const reply = await answered(worker, { text, size, fit, most });
        if (reply.error === undefined) return { ...reply.pixels, data: unmultiplied(reply.pixels.data) };
        const failed = reply.error === "unreachable";
        const why = failed
          ? "drawing it failed, as where more than 512 MiB are needed or resvg has a fault"
          : reply.error;
        // What failed in WebAssembly leaves an instance that cannot be relied on.
        await close();
        throw new DataError(`readImage: ${name} is not an SVG that can be drawn: ${printable(why)}.`, { name });
      });
      last = next.catch(() => undefined);
      return next;
    },
  };
}

function started(): Worker {
  const workerData = {
    library: resvgFile("@resvg/resvg-wasm"),
    binary: cappedMemory(readFileSync(resvgFile("@resvg/resvg-wasm/index_bg.wasm")), MOST_PAGES),
  };
  return new Worker(SVG_WORKER, { eval: true, workerData });
}

/** What the worker answers, or why it did not: never a rejection. */
function answered(worker: Worker, request: object): Promise<Reply> {
  return new Promise((resolve) => {
    const late = () => end({ error: `it takes more than ${MOST_SECONDS} seconds` });
    const failed = (error: Error) => end({ error: error.message });
    const exited = () => end({ error: "its worker ended" });
    const timer = setTimeout(late, MOST_SECONDS * 1000);
    const end = (reply: Reply) => {
      clearTimeout(timer);
      worker.off("message", end).off("error", failed).off("exit", exited);
      resolve(reply);
    };
    worker.on("message", end).on("error", failed).on("exit", exited);
    worker.postMessage(request);
  });
}

/** A picture inside of an SVG could be of any size, or another file, which would be left out without a word. */
function requireHarmless(name: string, text: string): void {
  const refused = (what: string, fix: string) =>
    new DataError(`readImage: ${name} is an SVG ${what}. ${fix}`, { name });
  if (text.length > MOST_BYTES) {
    throw refused(`of ${text.length} characters; at most ${MOST_BYTES} are read`, "Save it as PNG.");
  }
  if (/<(?:[^\s<>/!?:]+:)?(?:image|feImage)[\s/>]/.test(text)) {
    throw refused("with an <image>, and no pictures are loaded from SVGs", "Save it as PNG.");
  }
  // An entity that holds no markup cannot make an <image>.
  const entities = text.match(/<!ENTITY/g)?.length ?? 0;
  const plain = text.match(/<!ENTITY\s+[\w.-]+\s+(?:"[^"<&%]*"|'[^'<&%]*')\s*>/g)?.length ?? 0;
  if (entities !== plain) throw refused("whose entities hold markup", "Save it as plain SVG.");
}

/** resvg's pixels are multiplied by their alpha. */
export function unmultiplied(pixels: Uint8Array | Uint8ClampedArray): Uint8Array {
  const out = Uint8Array.from(pixels);
  for (let at = 0; at < out.length; at += 4) {
    const alpha = out[at + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = at; c < at + 3; c++) out[c] = Math.min(255, Math.round(((out[c] as number) * 255) / alpha));
  }
  return out;
}

import { join } from "node:path";
import { bytesOf, type Files, type Host } from "@throughtime/task";
import type { ImageSource } from "@throughtime/vision";
import envPaths from "env-paths";
import { type CountView, countView } from "./count-view.js";
import { pathInPackage } from "./files.js";
import { loadOnnxRuntime } from "./onnx-runtime.js";
import type { Terminal, Writer } from "./terminal.js";
import { isStandardInput } from "./text-file.js";

/** A host, and the end of it. */
export interface NodeHost extends Host {
  /** Takes away what shows progress. */
  close(): void;
}

/**
 * What tasks ask of this machine: sharp, resvg and ONNX Runtime, each loaded when it is first asked for, and its disk. Progress is shown by
 * `err`; undefined: it is not shown.
 */
export function nodeHost(files: Files, err: Writer | undefined): NodeHost {
  let view: CountView | undefined;
  return {
    async *images(sources, preprocessing, options = {}) {
      const { decodeAll } = await import("@throughtime/vision/node");
      yield* decodeAll(located(files, sources), preprocessing, options);
    },
    onnx: () => loadOnnxRuntime("an encoder of ONNX cannot run"),
    async rows({ folder = join(envPaths("throughtime", { suffix: "" }).cache, "features"), ...options }) {
      const { diskRows } = await import("@throughtime/vision/node");
      return diskRows({ folder, ...options });
    },
    progress(now) {
      if (!err) return;
      view ??= countView(err);
      view.update(now);
    },
    close() {
      view?.stop();
      view = undefined;
    },
  };
}

/** Where progress is shown: programs that read JSON want none, people at a terminal beside it do. */
export const shownProgress = ({ out, err }: Terminal, json = false): Writer | undefined =>
  json && (!err.screen || out.screen) ? undefined : err;

/** A picture's most bytes. */
const MOST_BYTES = 2 ** 30;

/** Sources whose paths are a disk's: files of npm packages by their own paths, standard input by its bytes. */
async function* located(
  files: Files,
  sources: Iterable<ImageSource> | AsyncIterable<ImageSource>,
): AsyncGenerator<ImageSource> {
  for await (const source of sources) {
    if (!("path" in source)) yield source;
    else if (source.path.startsWith("npm:")) yield { name: source.name, path: pathInPackage(source.path) };
    else if (isStandardInput(source.path))
      yield { name: source.name, bytes: await bytesOf(files, source.path, { most: MOST_BYTES }) };
    else yield source;
  }
}

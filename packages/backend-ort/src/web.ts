// The entry for pages and workers: what `@throughtime/backend-ort` is under the condition "browser".

import { type OrtBackend, type OrtOptions, openOrt } from "./backend.js";
import { loadRuntime, type Platform } from "./platform.js";
import { defaultThreads } from "./web/threads.js";

export type { OrtBackend, OrtOptions } from "./backend.js";
export type { Device } from "./devices.js";
export type { OrtStatistics } from "./host.js";
export type { Runtime } from "./runtime.js";

const INSTALL = "Install it: npm install onnxruntime-web.";

const WEB: Platform = {
  // The build without WebGPU is half the size, and its calls need not be able to wait.
  load: (device) =>
    device === "cpu"
      ? loadRuntime("onnxruntime-web", INSTALL, () => import("onnxruntime-web/wasm"))
      : loadRuntime("onnxruntime-web", INSTALL, () => import("onnxruntime-web/webgpu")),
  threads: defaultThreads,
};

/**
 * Runs Programs with ONNX Runtime in a page or a worker: WebAssembly or WebGPU. Throws BackendError where the runtime or the
 * device is not there, OptionError for options that cannot be.
 *
 * @example const backend = await ort({ device: "webgpu" });
 */
export const ort = (options: OrtOptions = {}): Promise<OrtBackend> => openOrt(WEB, options);

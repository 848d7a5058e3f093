import { availableParallelism } from "node:os";
import { type OrtBackend, type OrtOptions, openOrt } from "./backend.js";
import { requireShortCommandLine } from "./command-line.js";
import { loadRuntime, type Platform } from "./platform.js";

const NODE: Platform = {
  load: () => {
    requireShortCommandLine();
    return loadRuntime("onnxruntime-node", () => import("onnxruntime-node"));
  },
  threads: availableParallelism,
};

/**
 * Runs Programs with ONNX Runtime. Throws BackendError where the runtime or the device is not there, or where the process was
 * started with a command line so long that the runtime crashes, OptionError for options that cannot be.
 *
 * @example const backend = await ort({ threads: 1 });
 */
export const ort = (options: OrtOptions = {}): Promise<OrtBackend> => openOrt(NODE, options);

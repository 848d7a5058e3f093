import { availableParallelism } from "node:os";
import { type OrtBackend, type OrtOptions, openOrt } from "./backend.js";
import { requireShortCommandLine } from "./command-line.js";
import { loadRuntime, type Platform } from "./platform.js";

/** onnxruntime-node's install script fetches CUDA's libraries on this system, and fails where it cannot. */
const FETCHES_CUDA = process.platform === "linux" && process.arch === "x64";

const INSTALL = `Install it: npm install onnxruntime-node.${
  FETCHES_CUDA
    ? " On Linux x64 this fetches CUDA's libraries from api.nuget.org; where that fails, or without such a GPU: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node."
    : ""
}`;

const NODE: Platform = {
  load: () => {
    requireShortCommandLine();
    return loadRuntime("onnxruntime-node", INSTALL, () => import("onnxruntime-node"));
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

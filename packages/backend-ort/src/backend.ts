import { availableParallelism } from "node:os";
import { type Backend, inlineComposites, type NdArray, type Program, type TypedArray } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { liveArray, newArray, type OrtArray, retire } from "./array.js";
import { cpuExecutable } from "./cpu-executable.js";
import { type Device, deviceName, openDevice } from "./devices.js";
import { newHost } from "./host.js";
import { forCpu } from "./layout/for-cpu.js";
import { ELEMENT_TYPES, loadRuntime, type Runtime, runtimeVersion } from "./runtime.js";
import { requireSupported, supports } from "./supported.js";

export interface OrtOptions {
  /** Where to run. Default "cpu". The others must be there: asking for one that is not is an error that says what is. */
  readonly device?: Device;
  /** Threads within one operator, on the CPU. Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** The runtime to use instead of onnxruntime-node, such as onnxruntime-web. */
  readonly ort?: Runtime;
  /** Session options of ONNX Runtime that go over ours. */
  readonly session?: InferenceSession.SessionOptions;
}

export interface OrtStatistics {
  /** Sessions built since the backend was made. On the CPU one serves every size of a Program. */
  readonly sessionsBuilt: number;
}

export interface OrtBackend extends Backend {
  statistics(): OrtStatistics;
}

/**
 * Runs Programs with ONNX Runtime. Throws BackendError where the runtime or the device is not there, OptionError for
 * options that cannot be.
 *
 * @example const backend = await ort({ threads: 1 });
 */
export async function ort(options: OrtOptions = {}): Promise<OrtBackend> {
  const runtime = await loadRuntime(options.ort);
  const { device = "cpu", threads = availableParallelism() } = options;
  const sessionOptions = { ...(await openDevice(runtime, device, threads)), ...options.session };
  const text = `ONNX Runtime ${runtimeVersion(runtime)} · ${deviceName(runtime, device, threads)}`;
  const host = newHost(`ort:${device}`, runtime, sessionOptions);

  return {
    name: host.name,
    device: text,
    supports,
    async compile(program: Program, { donate }) {
      host.requireOpen("compile");
      const inlined = inlineComposites(program, supports);
      requireSupported(inlined, text);
      return cpuExecutable(host, device === "cpu" ? forCpu(inlined) : inlined, donate);
    },
    async upload({ data, shape, dtype }: NdArray) {
      host.requireOpen("upload");
      // A copy, because the memory may serve a later result once the array is donated.
      const tensor = new runtime.Tensor(ELEMENT_TYPES[dtype], data.slice() as Float32Array, shape) as Tensor;
      return newArray(host, dtype, tensor);
    },
    async download(array) {
      host.requireOpen("download");
      const { tensor, dtype, shape } = liveArray(array, host, "download");
      return { data: (tensor.data as TypedArray).slice(), shape, dtype };
    },
    release(array) {
      if (array.state === "live") retire(liveArray(array, host, "release") as OrtArray, "released");
    },
    close: () => host.close(),
    statistics: () => ({ sessionsBuilt: host.sessionsBuilt() }),
  };
}

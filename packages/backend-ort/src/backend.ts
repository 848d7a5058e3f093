import {
  type Backend,
  BackendError,
  type DType,
  inlineComposites,
  type NdArray,
  type Program,
  requireArray,
  requireDeviceArray,
  requireProgram,
} from "@throughtime/core";
import { ONE_THREAD } from "@throughtime/onnx";
import type { InferenceSession } from "onnxruntime-common";
import { liveArray, retire } from "./array.js";
import { cpuExecutable } from "./cpu-executable.js";
import { type Device, deviceName, openDevice, PROBE, requireThreads } from "./devices.js";
import { newHost, type OrtStatistics } from "./host.js";
import { forCpu } from "./layout/for-cpu.js";
import { cpuMemory } from "./memory.js";
import { withoutOutputs } from "./no-outputs.js";
import type { Platform } from "./platform.js";
import { copiedResults, skipsCopies, uncopiedResults } from "./results.js";
import { isWeb, messageOf, type Runtime, runtimeVersion } from "./runtime.js";
import { requireSupported, supports } from "./supported.js";
import { startWeb } from "./web/runtime.js";
import { gpuExecutable } from "./webgpu/executable.js";
import { gpuMemory } from "./webgpu/memory.js";

export interface OrtOptions {
  /**
   * Where to run. Default "cpu", in a page as WebAssembly. The others must be there: asking for one that is not is an error
   * that says what is.
   */
  readonly device?: Device;
  /**
   * Threads within one operator, on the CPU. Default: as many as the machine runs at once; in a page half of them and at most
   * four. A page that is not cross-origin isolated runs on one, and one page has one number for all its backends.
   */
  readonly threads?: number;
  /** The runtime to use instead of the platform's own: onnxruntime-node, onnxruntime-web/wasm, /webgpu or /jspi. */
  readonly ort?: Runtime;
  /**
   * In a page, the folder that onnxruntime-web's .wasm and .mjs files are served from. Default: where its module lies, which is
   * right without a bundler and with one that follows `new URL(…, import.meta.url)`, such as Vite.
   */
  readonly assets?: string | URL;
  /** Session options of ONNX Runtime that go over ours. */
  readonly session?: InferenceSession.SessionOptions;
}

export interface OrtBackend extends Backend {
  statistics(): OrtStatistics;
}

function unusable(cause: unknown): never {
  throw new BackendError(`ort: ONNX Runtime is there, but cannot run a model: ${messageOf(cause)}`, {}, { cause });
}

/** A backend on a platform. Throws BackendError where the runtime or the device is not there, OptionError. */
export async function openOrt(platform: Platform, options: OrtOptions): Promise<OrtBackend> {
  const { device = "cpu", assets } = options;
  requireThreads(options.threads);
  const given = options.ort ?? (await platform.load(device));
  const { runtime, threads } = isWeb(given)
    ? startWeb(given, options.threads, platform.threads(), assets)
    : { runtime: given, threads: options.threads ?? platform.threads() };
  const sessionOptions = { ...(await openDevice(runtime, device, threads)), ...options.session };
  const text = `ONNX Runtime ${runtimeVersion(runtime)} · ${deviceName(runtime, device, threads)}`;
  const host = newHost(`ort:${device}`, runtime, sessionOptions);

  const onGpu = device === "webgpu";
  const skips = device === "cpu" && !isWeb(runtime) && (await skipsCopies(runtime, PROBE).catch(unusable));
  const results = skips ? uncopiedResults(host) : copiedResults(host);
  const memory = onGpu ? gpuMemory(host) : cpuMemory(host);
  // Runs what WebGPU cannot; its sessions are built only when they are needed.
  const processor = newHost("ort:cpu", runtime, await openDevice(runtime, "cpu", threads));
  const supported = (op: string, dtype: DType) => supports(device, op, dtype);

  return {
    name: host.name,
    device: text,
    supports: supported,
    async compile(program: Program, { donate }) {
      host.requireOpen("compile");
      requireProgram("compile: the program", program);
      if (program.outputs.length === 0) return withoutOutputs(host, program, donate);
      const inlined = inlineComposites(program, supported);
      requireSupported(inlined, supported, text);
      if (onGpu) return gpuExecutable(host, memory, processor, inlined, donate);
      if (device !== "cpu") return cpuExecutable(host, results, inlined, donate);
      return cpuExecutable(host, results, forCpu(inlined), donate, threads === 1 ? ONE_THREAD : {});
    },
    async upload(array: NdArray) {
      host.requireOpen("upload");
      requireArray("upload: the array", array);
      return host.inOrder(() => memory.upload(array));
    },
    async download(array) {
      host.requireOpen("download");
      const live = { ...liveArray(array, host, "download") };
      return host.inOrder(() => memory.download(live));
    },
    release(array) {
      requireDeviceArray("release: the array", array);
      if (array.state !== "live") return;
      const own = liveArray(array, host, "release");
      retire(own, "released");
      // A call that reads it may be waiting for its turn.
      if (own.free) void host.inOrder(async () => own.free?.());
    },
    async close() {
      await host.close();
      await processor.close();
    },
    statistics: host.statistics,
  };
}

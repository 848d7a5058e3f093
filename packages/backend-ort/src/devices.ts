import { BackendError, OptionError } from "@throughtime/core";
import { encodeGraph } from "@throughtime/onnx";
import type { InferenceSession } from "onnxruntime-common";
import { isWeb, messageOf, type Runtime } from "./runtime.js";

/** Where ONNX Runtime can run: the processor, or what goes by the name of an execution provider. */
export type Device = "cpu" | "webgpu" | "cuda" | "dml" | "coreml";

const NAMES: Readonly<Record<Device, string>> = {
  cpu: "CPU",
  webgpu: "WebGPU",
  cuda: "CUDA",
  dml: "DirectML",
  coreml: "CoreML",
};

export const DEVICES = Object.keys(NAMES) as readonly Device[];

/** "CPU · 2 threads" */
export function deviceName(runtime: Runtime, device: Device, threads: number): string {
  if (device !== "cpu") return NAMES[device];
  return `${isWeb(runtime) ? "WebAssembly" : "CPU"} · ${threads} thread${threads === 1 ? "" : "s"}`;
}

/** Throws OptionError for a number of threads that is none. */
export function requireThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isInteger(threads) && threads > 0)) return;
  throw new OptionError(`ort: threads must be an integer of 1 or more, received ${threads}.`, { threads });
}

/** Options for sessions on a device. Throws OptionError for a name that is none, BackendError where it is not there. */
export async function openDevice(
  runtime: Runtime,
  device: Device,
  threads: number,
): Promise<InferenceSession.SessionOptions> {
  if (!DEVICES.includes(device)) {
    throw new OptionError(`ort: there is no device ${JSON.stringify(device)}. There are ${DEVICES.join(", ")}.`, {
      device,
    });
  }
  // The processor is always there, and every try costs time.
  const reason = device === "cpu" ? undefined : await whyMissing(runtime, device);
  if (reason === undefined) return sessionOptions(runtime, device, threads);
  const listed = isWeb(runtime) ? ["cpu", "webgpu"] : runtime.listSupportedBackends?.().map(({ name }) => name);
  const tried = await Promise.all(
    DEVICES.filter((other) => other !== device && (listed?.includes(other) ?? true)).map(async (other) => ({
      other,
      missing: (await whyMissing(runtime, other)) !== undefined,
    })),
  );
  const available = tried.filter(({ missing }) => !missing).map(({ other }) => `"${other}"`);
  throw new BackendError(
    `ort: the device "${device}" is not available here: ${reason} Available: ${available.join(", ")}.`,
    {
      device,
      available,
    },
  );
}

function sessionOptions(runtime: Runtime, device: Device, threads: number): InferenceSession.SessionOptions {
  return {
    // onnxruntime-web knows the processor as WebAssembly.
    executionProviders: [device === "cpu" && isWeb(runtime) ? "wasm" : device],
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    // Failures come as errors; nothing is to be written to the console beside them.
    logSeverityLevel: 4,
    ...(isWeb(runtime) ? WEB_OPTIONS : nodeOptions(device, threads)),
  };
}

/** Both are off there unless asked for. Threads are the instance's, not the session's. */
const WEB_OPTIONS: InferenceSession.SessionOptions = { enableCpuMemArena: true, enableMemPattern: true };

const nodeOptions = (device: Device, threads: number): InferenceSession.SessionOptions => ({
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  // How long threads turn before they sleep, in microseconds. The default, 1000, makes a step several times slower
  // as soon as another process wants one of the cores; this costs nothing where none does.
  ...(device === "cpu" && threads > 1 ? { extra: { session: { intra_op: { spin_duration_us: "5" } } } } : {}),
});

/** Why a session on a device cannot be made, in one line; undefined where it can. */
async function whyMissing(runtime: Runtime, device: Device): Promise<string | undefined> {
  try {
    const session = await runtime.InferenceSession.create(PROBE, sessionOptions(runtime, device, 1));
    await session.release();
    return undefined;
  } catch (cause) {
    const line = messageOf(cause).trim().split("\n")[0] as string;
    return line.endsWith(".") ? line : `${line}.`;
  }
}

/** The smallest model there is: y = −x. */
export const PROBE = encodeGraph({
  kind: "graph",
  name: "probe",
  inputs: [{ name: "x", dtype: "f32", shape: [1] }],
  outputs: [{ name: "y", dtype: "f32", shape: [1] }],
  nodes: [{ name: "neg", opType: "Neg", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
  initializers: [],
});

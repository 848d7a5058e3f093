import type { InferenceSession } from "onnxruntime-node";

export type Device = "cpu" | "webgpu" | "cuda" | "dml" | "coreml";

/** Session options for a device. */
export const openDevice = (device: Device, threads: number): InferenceSession.SessionOptions => ({
  executionProviders: [device],
  graphOptimizationLevel: "all",
  executionMode: "sequential",
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
});

const NAMES: Readonly<Record<Device, string>> = { cpu: "CPU", webgpu: "WebGPU", cuda: "CUDA", dml: "DirectML", coreml: "CoreML" };

/** "CPU · 2 threads" */
export const deviceName = (device: Device, threads: number): string =>
  device === "cpu" ? `${NAMES.cpu} · ${threads} thread${threads === 1 ? "" : "s"}` : NAMES[device];

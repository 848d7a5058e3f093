import { type CpuBackend, cpu } from "@throughtime/backend-cpu";
import { type OrtBackend, ort } from "@throughtime/backend-ort";
import type { Backend } from "@throughtime/core";
import type { ConformanceOptions } from "@throughtime/testkit";
import { OVER_SWIFTSHADER } from "../../../packages/backend-ort/test/webgpu/allowances.js";

/** A backend as a page opens it, and what the conformance suite is to know of it. */
interface Opened extends Pick<ConformanceOptions, "skip" | "tolerance" | "sizes" | "liveArrays"> {
  readonly open: () => Promise<Backend>;
}

const counted = { liveArrays: (backend: Backend) => (backend as CpuBackend | OrtBackend).statistics().liveArrays };

/** Where the tests serve onnxruntime-web's files: esbuild does not follow the URLs in its module. */
const assets = "/ort/";

export const BACKENDS = {
  cpu: { open: () => cpu(), ...counted },
  threads: { open: () => cpu({ threads: 2 }), ...counted },
  wasm: { open: () => ort({ assets, threads: 2 }), ...counted },
  webgpu: { open: () => ort({ assets, device: "webgpu" }), ...counted, ...OVER_SWIFTSHADER },
  jspi: {
    open: async () => ort({ assets, device: "webgpu", ort: await import("onnxruntime-web/jspi") }),
    ...counted,
    ...OVER_SWIFTSHADER,
  },
} as const satisfies Readonly<Record<string, Opened>>;

export type BackendName = keyof typeof BACKENDS;

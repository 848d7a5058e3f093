import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, freemem, platform, totalmem } from "node:os";
import { reference } from "@throughtime/backend-reference";
import { auto, DEVICES, defaultThreads } from "../backend.js";
import { NODE_REQUIRED, nodeIsNewEnough } from "../node-version.js";
import { VERSION } from "../version.js";
import { type ProbeResult, probe, probeApart, probeCpu } from "./probe.js";

/** All that `doctor` finds out. */
export interface Diagnosis {
  readonly versions: {
    readonly throughtime: string;
    /** What runs this: "Node", "Bun" or "Deno", and its version. */
    readonly runtime: string;
    /** The version of Node, of others the one that they are compatible with. */
    readonly node: string;
    readonly nodeRequired: string;
    readonly nodeOk: boolean;
    /** null where the package is not there. */
    readonly onnxRuntime: string | null;
  };
  readonly machine: {
    readonly platform: string;
    readonly arch: string;
    readonly cpu: string;
    readonly threads: number;
    readonly memoryBytes: number;
    readonly freeBytes: number;
  };
  readonly backends: readonly ({ readonly name: string } & ProbeResult)[];
  readonly devices: readonly ({ readonly name: string } & ProbeResult)[];
  /** What runs where nothing is asked for, `auto`. */
  readonly chosen: {
    readonly backend: "ort" | "cpu";
    readonly device: string;
    readonly why: string;
  };
  /** How to have ONNX Runtime where it is not installed; null where it is. */
  readonly advice: string | null;
}

/** npm leaves an optional dependency out where its install script fails, and says nothing. */
const INSTALL =
  "ONNX Runtime is not installed. On Linux x64, npm leaves it out without a word where its install script cannot fetch CUDA's libraries (which only --device cuda needs) from api.nuget.org. Install the command again with ONNXRUNTIME_NODE_INSTALL=skip in the environment: ONNXRUNTIME_NODE_INSTALL=skip npm install --global @throughtime/cli";

export async function diagnose(): Promise<Diagnosis> {
  const [ort, wasm] = await Promise.all([probe("cpu"), probeCpu()]);
  const others = await Promise.all(DEVICES.slice(1).map((device) => (ort.missing ? ort : probeApart(device))));
  const devices = [ort, ...others].map((result, i) => ({ name: DEVICES[i] as string, ...result }));
  return {
    versions: {
      throughtime: VERSION,
      runtime: runtimeName(process.versions),
      node: process.versions.node,
      nodeRequired: NODE_REQUIRED,
      nodeOk: nodeIsNewEnough(process.versions.node),
      onnxRuntime: runtimeVersion(),
    },
    machine: {
      platform: platform(),
      arch: arch(),
      cpu: cpus()[0]?.model.trim() ?? "unknown processor",
      threads: defaultThreads(),
      memoryBytes: totalmem(),
      freeBytes: freemem(),
    },
    backends: [
      { name: "ort", ...ort },
      { name: "cpu", ...wasm },
      {
        name: "reference",
        available: true,
        detail: `${reference().device}: needs nothing, slow, for checks and debugging`,
      },
    ],
    devices,
    chosen: await whatRuns(ort),
    advice: ort.missing ? INSTALL : null,
  };
}

/** What `auto` opens, which asks whether ONNX Runtime loads; `ort` says whether it computes too. */
async function whatRuns(ort: ProbeResult): Promise<Diagnosis["chosen"]> {
  const backend = await auto();
  await backend.close();
  const name = backend.name === "cpu" ? "cpu" : "ort";
  return { backend: name, device: backend.device, why: why(name, ort) };
}

function why(name: "ort" | "cpu", { available, detail }: ProbeResult): string {
  if (name === "cpu") return `ONNX Runtime does not run (${detail}), and WebAssembly needs nothing.`;
  if (!available) return `ONNX Runtime is installed, but it does not work here (${detail}): use --backend cpu.`;
  return "ONNX Runtime is installed, and its native kernels are the fastest for large models; for small ones try --backend cpu.";
}

function runtimeVersion(): string | null {
  try {
    const file = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  } catch {
    return null;
  }
}

/** Bun and Deno say which Node they are compatible with, and their own version beside it. */
export function runtimeName({ bun, deno, node }: Readonly<Record<string, string | undefined>>): string {
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}

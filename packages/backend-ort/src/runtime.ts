import { BackendError, type DType } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-node";

/** What we use of an ONNX Runtime package: onnxruntime-node or onnxruntime-web. */
export interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
  readonly env: { readonly versions: { readonly [name: string]: string | undefined } };
  readonly listSupportedBackends?: () => readonly { readonly name: string; readonly bundled: boolean }[];
}

/** The runtime that was handed in, else onnxruntime-node. Throws BackendError where that cannot be loaded. */
export async function loadRuntime(injected: Runtime | undefined): Promise<Runtime> {
  if (injected) return injected;
  try {
    const module: { readonly default?: unknown } = await import("onnxruntime-node");
    return (module.default ?? module) as Runtime;
  } catch (cause) {
    throw new BackendError(
      "ort: onnxruntime-node could not be loaded. Install it, or hand in a runtime that you imported: ort({ ort: runtime }).",
      {},
      { cause },
    );
  }
}

/** "1.30" */
export function runtimeVersion({ env: { versions } }: Runtime): string {
  const version = versions.node ?? versions.web ?? versions.common ?? "";
  return version.split(".").slice(0, 2).join(".");
}

export const ELEMENT_TYPES = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" } as const satisfies Record<
  DType,
  Tensor.Type
>;

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

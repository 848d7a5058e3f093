import type { DType } from "@throughtime/core";
import type { InferenceSession, Tensor } from "onnxruntime-common";

/** What we use of an ONNX Runtime package: onnxruntime-node or onnxruntime-web. */
export interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
  readonly env: {
    readonly versions: { readonly [name: string]: string | undefined };
    /** onnxruntime-web's; what is set before the first session holds for all. */
    readonly wasm?: { numThreads?: number; wasmPaths?: unknown };
  };
  readonly listSupportedBackends?: () => readonly { readonly name: string; readonly bundled: boolean }[];
}

/** Whether it is onnxruntime-web. */
export const isWeb = ({ env: { versions } }: Runtime): boolean =>
  versions.node === undefined && versions.web !== undefined;

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

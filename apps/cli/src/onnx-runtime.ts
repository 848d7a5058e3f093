import { BackendError } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";

/** ONNX Runtime. Throws BackendError where it is not installed; `why` says what it is needed for. */
export async function loadOnnxRuntime(why: string): Promise<OnnxRuntime> {
  try {
    const module: { readonly default?: unknown } = await import("onnxruntime-node");
    return (module.default ?? module) as OnnxRuntime;
  } catch (cause) {
    throw new BackendError(
      `onnxruntime-node could not be loaded, so ${why}. \`throughtime doctor\` says how to install it.`,
      {},
      { cause },
    );
  }
}

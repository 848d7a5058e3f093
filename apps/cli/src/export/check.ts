import { BackendError, CompileError } from "@throughtime/core";
import type { OnnxAgreement, OnnxRuntime } from "@throughtime/onnx";

/** Checks exported files with ONNX Runtime before they are written. Throws BackendError where it is not installed. */
export async function checked(check: (runtime: OnnxRuntime) => Promise<OnnxAgreement>): Promise<OnnxAgreement> {
  const runtime = await import("onnxruntime-node").catch((cause: unknown) => {
    throw new BackendError(
      "export: onnxruntime-node could not be loaded, so the exported models cannot be checked. `throughtime doctor` says how to install it.",
      {},
      { cause },
    );
  });
  return check(runtime).catch((error: Error) => {
    if (error.name !== "CompileError") throw error;
    throw new CompileError(`export: ${error.message} Nothing was written.`, {}, { cause: error });
  });
}

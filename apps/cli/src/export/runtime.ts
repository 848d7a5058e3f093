import { BackendError, CompileError, type NdArray } from "@throughtime/core";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";

export type Runtime = typeof import("onnxruntime-node");

/** A model as a function over arrays, in the order of its inputs and outputs. */
export type Run = ((inputs: readonly NdArray[]) => Promise<NdArray[]>) & {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  release(): Promise<void>;
};

/** ONNX Runtime. Throws BackendError where it is not installed. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new BackendError(
      "export: onnxruntime-node could not be loaded, so the exported models cannot be checked. `throughtime doctor` says how to install it.",
      {},
      { cause },
    );
  }
}

/** Opens a model. Throws CompileError where ONNX Runtime refuses it. */
export async function openModel(runtime: Runtime, name: string, bytes: Uint8Array): Promise<Run> {
  const session: InferenceSession = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 }).catch(
    (cause: Error) => {
      throw new CompileError(`export: ONNX Runtime refuses ${name}: ${cause.message}`, { name }, { cause });
    },
  );
  const run = async (inputs: readonly NdArray[]): Promise<NdArray[]> => {
    const feeds = Object.fromEntries(
      session.inputNames.map((input, i) => [input, tensorOf(runtime, inputs[i] as NdArray)]),
    );
    const results = await session.run(feeds);
    return session.outputNames.map((output) => {
      const { data, dims } = results[output] as OrtTensor;
      return { data: (data as Float32Array).slice(), shape: dims, dtype: "f32" };
    });
  };
  const { inputNames, outputNames } = session;
  return Object.assign(run, { inputNames, outputNames, release: () => session.release() });
}

const tensorOf = ({ Tensor: Make }: Runtime, { data, shape, dtype }: NdArray): OrtTensor =>
  dtype === "i32" ? new Make("int32", data as Int32Array, shape) : new Make("float32", data as Float32Array, shape);

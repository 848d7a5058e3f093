import { BackendError, CompileError, type DType, type NdArray } from "@throughtime/core";
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
      const { data, dims, type } = results[output] as OrtTensor;
      return { data: (data as Float32Array).slice(), shape: dims, dtype: DTYPES[type] ?? "f32" };
    });
  };
  const { inputNames, outputNames } = session;
  return Object.assign(run, { inputNames, outputNames, release: () => session.release() });
}

/** What ONNX Runtime calls them, by what they are here. */
const TYPES = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" } as const;
const DTYPES: Readonly<Record<string, DType>> = { float32: "f32", int32: "i32", bool: "bool" };

const tensorOf = ({ Tensor: Make }: Runtime, { data, shape, dtype }: NdArray): OrtTensor =>
  new Make(TYPES[dtype], data as never, shape);

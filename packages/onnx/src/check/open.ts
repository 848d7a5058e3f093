import {
  ArgumentError,
  BackendError,
  CompileError,
  type DType,
  describe,
  fromHalf,
  type NdArray,
  toHalf,
} from "@throughtime/core";

/**
 * What is used of ONNX Runtime: the module `onnxruntime-node` or `onnxruntime-web`, imported by the caller. This package
 * imports neither.
 */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options?: { readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4; readonly extra?: Record<string, unknown> },
    ): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => unknown;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** ONNX Runtime has it since 1.22. */
  readonly inputMetadata?: readonly { readonly name: string; readonly type?: string }[];
  run(feeds: Readonly<Record<string, never>>): Promise<Readonly<Record<string, unknown>>>;
  release(): Promise<void>;
}

/** An ONNX model as a function: arrays in the order of its inputs → arrays in the order of its outputs. */
export interface OnnxFunction {
  (inputs: readonly NdArray[]): Promise<NdArray[]>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Frees ONNX Runtime's session. */
  release(): Promise<void>;
}

/** Threads that wait for each other's work sleep: they leave the processor to what runs beside the model, such as decoding of pictures. */
const SLEEPING = { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } };

/**
 * Opens a model with ONNX Runtime. `name` stands for it in errors. `waiting`: whether the runtime's threads spin while they wait for work, which
 * answers soonest (default), or sleep, which leaves the processor to others. Throws ArgumentError where `runtime` is not ONNX Runtime,
 * CompileError where it refuses the model. Where the model has inputs or outputs of f16, f32 is converted; where it reads u8, f32 is rounded
 * to 0 … 255. Calls throw ArgumentError for another number of inputs, BackendError where the model fails or gives another element type
 * that NdArray has not.
 *
 * @example
 * const step = await openOnnx(await import("onnxruntime-node"), bytes, "step.onnx");
 * const [logits, ...next] = await step([token, ...state]);
 * await step.release();
 */
export async function openOnnx(
  runtime: OnnxRuntime,
  model: Uint8Array,
  name = "the model",
  waiting: "spin" | "sleep" = "spin",
): Promise<OnnxFunction> {
  if (typeof runtime?.InferenceSession?.create !== "function") {
    throw new ArgumentError(
      `openOnnx: the runtime is ${describe(runtime)}; expected the module onnxruntime-node or onnxruntime-web.`,
    );
  }
  const session = await runtime.InferenceSession.create(model, {
    logSeverityLevel: 4,
    ...(waiting === "sleep" && { extra: SLEEPING }),
  }).catch((cause: Error) => {
    throw new CompileError(`ONNX Runtime refuses ${name}: ${cause.message}`, { name }, { cause });
  });
  const { inputNames, outputNames } = session;
  const types = new Map(session.inputMetadata?.map(({ name: input, type }) => [input, type]));
  const call = async (inputs: readonly NdArray[]): Promise<NdArray[]> => {
    if (inputs.length !== inputNames.length) {
      throw new ArgumentError(
        `${name}: ${inputs.length} inputs are given; expected ${inputNames.length}: ${inputNames.join(", ")}.`,
      );
    }
    const feeds = inputNames.map((input, i) => [input, tensorOf(runtime, inputs[i] as NdArray, types.get(input))]);
    const results = await session.run(Object.fromEntries(feeds)).catch((cause: Error) => {
      throw new BackendError(`${name}: ONNX Runtime failed: ${cause.message}`, { name }, { cause });
    });
    return outputNames.map((output) => arrayOf(`${name}: ${output}`, results[output] as OnnxTensor));
  };
  return Object.assign(call, { inputNames, outputNames, release: () => session.release() });
}

interface OnnxTensor {
  readonly type: string;
  readonly data: NdArray["data"] | Uint16Array;
  readonly dims: readonly number[];
}

/** What ONNX Runtime calls them, by what they are here. */
const TYPES = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" } as const;
const DTYPES = new Map<string, DType>(Object.entries(TYPES).map(([dtype, type]) => [type, dtype as DType]));

function tensorOf({ Tensor: Make }: OnnxRuntime, { data, shape, dtype }: NdArray, wanted: string | undefined): unknown {
  const make = (type: string, values: ArrayLike<number>) => new Make(type as never, values as never, shape);
  if (dtype === "f32" && wanted === "float16") return make("float16", toHalf(data));
  if (dtype === "f32" && wanted === "uint8") return make("uint8", Uint8Array.from(new Uint8ClampedArray(data)));
  return make(TYPES[dtype], data);
}

function arrayOf(what: string, { type, data, dims }: OnnxTensor): NdArray {
  if (type === "float16") {
    // Where there is a Float16Array, the runtime gives one.
    return { data: data instanceof Uint16Array ? fromHalf(data) : Float32Array.from(data), shape: dims, dtype: "f32" };
  }
  const dtype = DTYPES.get(type);
  if (dtype) return { data: (data as NdArray["data"]).slice(), shape: dims, dtype };
  throw new BackendError(`${what} is ${type}; expected one of float16, ${[...DTYPES.keys()].join(", ")}.`, { type });
}

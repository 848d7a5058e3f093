import { DataError, printable } from "@throughtime/core";
import { inspectModel, type ModelInfo, type ModelSource, type ValueInfo, type WeightInfo } from "@throughtime/onnx";

export interface OnnxContents {
  readonly kind: "onnx";
  readonly path: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number | null;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** How often each operator stands in the graph; those in bodies under "Scan/…". */
  readonly operators: Readonly<Record<string, number>>;
  /** Initializers, values of Constant nodes, those of bodies too. */
  readonly weights: readonly WeightInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What stands in an ONNX model. Throws DataError where the bytes are not one. */
export function inspectOnnx(path: string, source: ModelSource): OnnxContents {
  const { producerName, producerVersion, opsets, irVersion: _, ...model } = parse(path, source);
  return {
    kind: "onnx",
    path,
    bytes: source.size,
    producer: [producerName, producerVersion].filter((part) => part !== "").join(" "),
    opset: opsets[""] ?? null,
    ...model,
  };
}

function parse(path: string, source: ModelSource): ModelInfo {
  try {
    return inspectModel(source);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "DataError") throw cause;
    const why = path.endsWith(".onnx") ? "cannot be read" : "is neither a safetensors file nor an ONNX model";
    throw new DataError(`${path} ${why}: ${printable(cause.message, 400)}`, { path }, { cause });
  }
}

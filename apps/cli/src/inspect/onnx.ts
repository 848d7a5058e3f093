import { DataError } from "@throughtime/core";
import { readModel } from "@throughtime/onnx";

type Model = ReturnType<typeof readModel>;
type Graph = NonNullable<Model["graph"]>;
type Value = Graph["input"][number];

export interface OnnxValue {
  readonly name: string;
  readonly dtype: string;
  /** A name is a dynamic axis; "?" one without a name. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxContents {
  readonly kind: "onnx";
  readonly path: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number | null;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** How often each operator stands in the graph; those in bodies under "Scan/…". */
  readonly operators: Readonly<Record<string, number>>;
  readonly initializers: { readonly count: number; readonly bytes: number };
  readonly metadata: Readonly<Record<string, string>>;
}

/** What stands in an ONNX model. Throws DataError where the bytes are not one. */
export function inspectOnnx(path: string, bytes: Uint8Array): OnnxContents {
  const model = parse(path, bytes);
  const graph = model.graph as Graph;
  const opset = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  return {
    kind: "onnx",
    path,
    bytes: bytes.length,
    producer: [model.producerName, model.producerVersion].filter((part) => part !== "").join(" "),
    opset: opset ? Number(opset.version) : null,
    inputs: graph.input.map(entryOf),
    outputs: graph.output.map(entryOf),
    operators: count(graph),
    initializers: {
      count: graph.initializer.length,
      bytes: graph.initializer.reduce((sum, tensor) => sum + sizeOf(tensor), 0),
    },
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

function parse(path: string, bytes: Uint8Array): Model {
  try {
    return readModel(bytes);
  } catch (cause) {
    throw new DataError(`${path} is neither a safetensors file nor an ONNX model.`, { path }, { cause });
  }
}

/** TensorProto.DataType by number, as ONNX's schema has it. */
const TYPES = [
  ...["undefined", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "string", "bool", "f16", "f64", "u32", "u64"],
  ...["complex64", "complex128", "bf16"],
];

const entryOf = ({ name, type }: Value): OnnxValue => ({
  name,
  dtype: TYPES[type?.tensorType?.elemType ?? 0] ?? `type ${type?.tensorType?.elemType}`,
  shape: (type?.tensorType?.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : (value.value ?? "?"),
  ),
});

const sizeOf = ({ rawData, floatData, int32Data, int64Data, doubleData }: Graph["initializer"][number]): number =>
  rawData.length + 4 * (floatData.length + int32Data.length) + 8 * (int64Data.length + doubleData.length);

function count(graph: Graph, prefix = "", into: Record<string, number> = {}): Record<string, number> {
  for (const { opType, attribute } of graph.node) {
    const name = prefix + opType;
    into[name] = (into[name] ?? 0) + 1;
    for (const { g } of attribute) if (g) count(g, `${name}/`, into);
  }
  return into;
}

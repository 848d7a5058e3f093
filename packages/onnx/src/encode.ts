import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Attribute,
  type ElementType,
  type Graph,
  type GraphInitializer,
  type GraphValue,
  isGraph,
} from "./graph.js";
import { ModelSchema } from "./proto/schema.js";
import {
  ATTRIBUTE,
  type AttributeProto,
  ELEMENT,
  type GraphProto,
  type TensorProto,
  type ValueInfoProto,
} from "./proto/types.js";

export interface ModelInfo {
  readonly opset: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly docString: string;
  /** Operator sets beside ONNX's own, by domain. */
  readonly domains: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What opset 21 goes with; runtimes refuse versions above what they know. */
const IR_VERSION = 10;

export const ELEMENT_TYPES: Readonly<Record<ElementType, number>> = {
  f32: ELEMENT.float,
  f64: ELEMENT.double,
  i32: ELEMENT.int32,
  i64: ELEMENT.int64,
  bool: ELEMENT.bool,
};

/** A message as protobuf's `create` takes it: everything optional, nested messages without their type names. */
type Init<T> = T extends Uint8Array | bigint | string | number
  ? T
  : T extends (infer Item)[]
    ? Init<Item>[]
    : T extends object
      ? { [K in keyof T as K extends "$typeName" | "$unknown" ? never : K]?: Init<T[K]> }
      : T;

/** A model's bytes: what an .onnx file holds. */
export function encodeModel(graph: Graph, info: ModelInfo): Uint8Array {
  const init = {
    irVersion: BigInt(IR_VERSION),
    producerName: info.producerName,
    producerVersion: info.producerVersion,
    docString: info.docString,
    opsetImport: [
      { domain: "", version: BigInt(info.opset) },
      ...Object.entries(info.domains).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    ],
    metadataProps: Object.entries(info.metadata).map(([key, value]) => ({ key, value })),
    graph: graphInit(graph),
  };
  return toBinary(ModelSchema, create(ModelSchema, init as MessageInitShape<typeof ModelSchema>));
}

const graphInit = (graph: Graph): Init<GraphProto> => ({
  name: graph.name,
  input: graph.inputs.map(valueInit),
  output: graph.outputs.map(valueInit),
  initializer: graph.initializers.map(tensorInit),
  node: graph.nodes.map(({ name, opType, domain, inputs, outputs, attributes }) => ({
    name,
    opType,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => ({ name: key, ...attributeInit(value) })),
  })),
});

function attributeInit(value: Attribute): Init<AttributeProto> {
  if (typeof value === "number") return { type: ATTRIBUTE.int, i: BigInt(value) };
  if (typeof value === "string") return { type: ATTRIBUTE.string, s: new TextEncoder().encode(value) };
  if (isGraph(value)) return { type: ATTRIBUTE.graph, g: graphInit(value) };
  if ("strings" in value) {
    return { type: ATTRIBUTE.strings, strings: value.strings.map((text) => new TextEncoder().encode(text)) };
  }
  if ("float" in value) return { type: ATTRIBUTE.float, f: value.float };
  return { type: ATTRIBUTE.ints, ints: value.map(BigInt) };
}

const tensorInit = ({ name, dtype, shape, bytes }: GraphInitializer): Init<TensorProto> => ({
  name,
  dataType: ELEMENT_TYPES[dtype],
  dims: shape.map(BigInt),
  rawData: bytes,
});

const valueInit = ({ name, dtype, shape }: GraphValue): Init<ValueInfoProto> => ({
  name,
  type: {
    tensorType: {
      elemType: ELEMENT_TYPES[dtype],
      shape: {
        dim: shape.map((d) => ({
          value: typeof d === "number" ? { case: "dimValue", value: BigInt(d) } : { case: "dimParam", value: d },
        })),
      },
    },
  },
});

import type { Message } from "@bufbuild/protobuf";

// The part of ONNX's schema (onnx.proto, IR version 10) that a tensor program needs. schema.ts holds the field numbers.

export type ModelProto = Message<"onnx.ModelProto"> & {
  irVersion: bigint;
  opsetImport: OperatorSetIdProto[];
  producerName: string;
  producerVersion: string;
  domain: string;
  modelVersion: bigint;
  docString: string;
  graph?: GraphProto;
  metadataProps: StringStringEntryProto[];
};

export type OperatorSetIdProto = Message<"onnx.OperatorSetIdProto"> & { domain: string; version: bigint };

export type StringStringEntryProto = Message<"onnx.StringStringEntryProto"> & { key: string; value: string };

export type GraphProto = Message<"onnx.GraphProto"> & {
  node: NodeProto[];
  name: string;
  initializer: TensorProto[];
  docString: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
};

export type NodeProto = Message<"onnx.NodeProto"> & {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: AttributeProto[];
  docString: string;
  domain: string;
};

export type AttributeProto = Message<"onnx.AttributeProto"> & {
  name: string;
  f: number;
  i: bigint;
  s: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
  type: number;
};

export type TensorProto = Message<"onnx.TensorProto"> & {
  dims: bigint[];
  dataType: number;
  floatData: number[];
  int32Data: number[];
  int64Data: bigint[];
  name: string;
  rawData: Uint8Array;
  doubleData: number[];
};

export type ValueInfoProto = Message<"onnx.ValueInfoProto"> & { name: string; type?: TypeProto; docString: string };

export type TypeProto = Message<"onnx.TypeProto"> & { tensorType?: TensorTypeProto };

export type TensorTypeProto = Message<"onnx.TypeProto.Tensor"> & { elemType: number; shape?: TensorShapeProto };

export type TensorShapeProto = Message<"onnx.TensorShapeProto"> & { dim: DimensionProto[] };

export type DimensionProto = Message<"onnx.TensorShapeProto.Dimension"> & {
  value:
    | { case: "dimValue"; value: bigint }
    | { case: "dimParam"; value: string }
    | { case: undefined; value?: undefined };
};

/** AttributeProto.type. */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** TensorProto.data_type and TypeProto.Tensor.elem_type. */
export const ELEMENT = { float: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const;

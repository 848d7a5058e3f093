import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { ModelProto } from "./types.js";

/** "name number type", as in a .proto file; `*` repeats, `!` is a member of the message's oneof `value`. */
const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  ModelProto: [
    "ir_version 1 int64",
    "producer_name 2 string",
    "producer_version 3 string",
    "domain 4 string",
    "model_version 5 int64",
    "doc_string 6 string",
    "graph 7 GraphProto",
    "opset_import 8 *OperatorSetIdProto",
    "metadata_props 14 *StringStringEntryProto",
  ],
  OperatorSetIdProto: ["domain 1 string", "version 2 int64"],
  StringStringEntryProto: ["key 1 string", "value 2 string"],
  GraphProto: [
    "node 1 *NodeProto",
    "name 2 string",
    "initializer 5 *TensorProto",
    "doc_string 10 string",
    "input 11 *ValueInfoProto",
    "output 12 *ValueInfoProto",
    "value_info 13 *ValueInfoProto",
  ],
  NodeProto: [
    "input 1 *string",
    "output 2 *string",
    "name 3 string",
    "op_type 4 string",
    "attribute 5 *AttributeProto",
    "doc_string 6 string",
    "domain 7 string",
  ],
  AttributeProto: [
    "name 1 string",
    "f 2 float",
    "i 3 int64",
    "s 4 bytes",
    "t 5 TensorProto",
    "g 6 GraphProto",
    "floats 7 *float",
    "ints 8 *int64",
    "strings 9 *bytes",
    "type 20 int32",
  ],
  TensorProto: [
    "dims 1 *int64",
    "data_type 2 int32",
    "float_data 4 *float",
    "int32_data 5 *int32",
    "int64_data 7 *int64",
    "name 8 string",
    "raw_data 9 bytes",
    "double_data 10 *double",
  ],
  ValueInfoProto: ["name 1 string", "type 2 TypeProto", "doc_string 3 string"],
  TypeProto: ["tensor_type 1 TypeProto.Tensor"],
  "TypeProto.Tensor": ["elem_type 1 int32", "shape 2 TensorShapeProto"],
  TensorShapeProto: ["dim 1 *TensorShapeProto.Dimension"],
  "TensorShapeProto.Dimension": ["dim_value 1 !int64", "dim_param 2 !string"],
};

const SCALARS: Readonly<Record<string, Type>> = {
  int64: Type.INT64,
  int32: Type.INT32,
  string: Type.STRING,
  bytes: Type.BYTES,
  float: Type.FLOAT,
  double: Type.DOUBLE,
};

function field(line: string) {
  const [name, number, type] = line.split(" ") as [string, string, string];
  const bare = type.replace(/^[*!]/, "");
  const scalar = SCALARS[bare];
  return {
    name,
    number: Number(number),
    label: type.startsWith("*") ? Label.REPEATED : Label.OPTIONAL,
    ...(scalar === undefined ? { type: Type.MESSAGE, typeName: `.onnx.${bare}` } : { type: scalar }),
    ...(type.startsWith("!") ? { oneofIndex: 0 } : {}),
  };
}

function message(path: string) {
  const fields = MESSAGES[path] as readonly string[];
  return {
    name: path.slice(path.lastIndexOf(".") + 1),
    field: fields.map(field),
    nestedType: Object.keys(MESSAGES)
      .filter((other) => other.startsWith(`${path}.`))
      .map((other): object => message(other)),
    oneofDecl: fields.some((line) => line.includes("!")) ? [{ name: "value" }] : [],
  };
}

const file = create(FileDescriptorProtoSchema, {
  name: "onnx.proto",
  package: "onnx",
  syntax: "proto3",
  messageType: Object.keys(MESSAGES)
    .filter((path) => !path.includes("."))
    .map(message),
});

/** What @bufbuild/protobuf needs to know of a ModelProto to write and read it. */
export const ModelSchema = createFileRegistry(file, () => undefined).getMessage(
  "onnx.ModelProto",
) as unknown as GenMessage<ModelProto>;

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DataError } from "@throughtime/core";
import { ModelSchema } from "./proto/schema.js";
import type { ModelProto } from "./proto/types.js";

/**
 * Reads a model's bytes, for inspecting; fields that we never write are kept as unknown. Throws DataError where the
 * bytes are not a model.
 */
export function readModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelSchema, bytes);
  } catch (cause) {
    throw new DataError(
      "readModel: expected the bytes of an ONNX model, received bytes that do not parse as one.",
      {},
      { cause },
    );
  }
  if (!model.graph) throw new DataError("readModel: the bytes parse, but hold no graph. Is this an .onnx file?");
  return model;
}

/** The bytes of a model that was read, perhaps with changes. */
export const writeModel = (model: ModelProto): Uint8Array => toBinary(ModelSchema, create(ModelSchema, model));

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DataError } from "@throughtime/core";
import { inspectModel } from "./inspect/model.js";
import { ModelSchema } from "./proto/schema.js";
import type { ModelProto } from "./proto/types.js";

/**
 * Reads a model's bytes, for inspecting; fields that we never write are kept as unknown. Throws DataError where the
 * bytes are not a model, or one beyond the limits of inspectModel.
 */
export function readModel(bytes: Uint8Array): ModelProto {
  // The library that reads it holds to no limit: its objects take fifty times the bytes of an empty message.
  inspectModel({ size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }, { fields: 2_000_000 });
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
  return model;
}

/** The bytes of a model that was read, perhaps with changes. */
export const writeModel = (model: ModelProto): Uint8Array => toBinary(ModelSchema, create(ModelSchema, model));

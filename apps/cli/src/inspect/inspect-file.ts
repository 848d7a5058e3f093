import { decodeSafetensors } from "@throughtime/interop";
import { decodeCheckpoint, type Json } from "@throughtime/train";
import { checkpointPath } from "../checkpoint-file.js";
import { readBytes } from "../read-file.js";
import { inspectOnnx, type OnnxContents } from "./onnx.js";

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A checkpoint of train: read, and its SHA-256 found right. */
export interface CheckpointContents {
  readonly kind: "checkpoint";
  readonly path: string;
  readonly bytes: number;
  readonly step: number;
  readonly epoch: number;
  readonly best: { readonly loss: number; readonly step: number } | null;
  readonly cursor: Json;
  readonly description: Json;
  readonly tensors: readonly TensorEntry[];
}

/** Any other safetensors file. */
export interface SafetensorsContents {
  readonly kind: "safetensors";
  readonly path: string;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorEntry[];
}

export type Contents = CheckpointContents | SafetensorsContents | OnnxContents;

/** What stands in a file. Throws DataError or CheckpointError where it cannot be read. */
export async function inspectFile(given: string): Promise<Contents> {
  const path = await checkpointPath(given);
  const bytes = await readBytes(path);
  if (path.endsWith(".onnx")) return inspectOnnx(path, bytes);
  // A safetensors header is JSON after eight bytes of length; no ONNX model has a brace there by chance and parses.
  if (!path.endsWith(".safetensors") && bytes[8] !== 0x7b) return inspectOnnx(path, bytes);
  const { tensors, metadata } = decodeSafetensors(bytes);
  const entries = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const file = { path, bytes: bytes.length, tensors: entries };
  if (!metadata.format?.startsWith("throughtime checkpoint")) return { kind: "safetensors", ...file, metadata };
  const { step, epoch, stopping, cursor, description } = await decodeCheckpoint(bytes);
  const { best, bestStep } = stopping;
  return {
    kind: "checkpoint",
    ...file,
    ...{ step, epoch, cursor, description },
    best: best === null || bestStep === null ? null : { loss: best, step: bestStep },
  };
}

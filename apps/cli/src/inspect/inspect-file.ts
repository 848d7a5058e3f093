import { stat } from "node:fs/promises";
import { DataError } from "@throughtime/core";
import { inspectSafetensors, type SafetensorsInfo } from "@throughtime/interop";
import { decodeCheckpoint, isCheckpoint, type Json, readFacts } from "@throughtime/train";
import { checkpointPath, inFile } from "../checkpoint-file.js";
import { readBytes } from "../read-file.js";
import { inspectOnnx, type OnnxContents } from "./onnx.js";
import { type FileSource, withFile } from "./open-source.js";

export interface TensorEntry {
  readonly name: string;
  /** As stored, in small letters: "f32", "bf16", "i64", "f8_e4m3". */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A checkpoint of train. */
export interface CheckpointContents {
  readonly kind: "checkpoint";
  readonly path: string;
  readonly bytes: number;
  readonly sha256: "right" | "not checked";
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

export interface InspectOptions {
  /** Reads all of a checkpoint and holds it against its SHA-256. Default: only the header is read. */
  readonly verify?: boolean;
}

/**
 * What stands in a file, from its headers: no tensor is read, unless a checkpoint shall be verified. Throws DataError or
 * CheckpointError where it cannot be read.
 */
export async function inspectFile(given: string, { verify = false }: InspectOptions = {}): Promise<Contents> {
  const path = await inspectedPath(given);
  return withFile(path, async (source) => {
    if (!isSafetensors(path, source)) return inspectOnnx(path, source);
    const { tensors, metadata } = await inFile(path, () => inspectSafetensors(source));
    const file = { path, bytes: source.size, tensors: tensors.map(entryOf) };
    if (!isCheckpoint(metadata)) return { kind: "safetensors", ...file, metadata };
    if (verify) {
      const content = await readBytes(path);
      await inFile(path, () => decodeCheckpoint(content));
    }
    const { step, epoch, stopping, cursor, description } = await inFile(path, () => readFacts(metadata));
    const { best, bestStep } = stopping;
    return {
      kind: "checkpoint",
      ...file,
      ...{ step, epoch, cursor, description, sha256: verify ? "right" : "not checked" },
      best: typeof best === "number" && typeof bestStep === "number" ? { loss: best, step: bestStep } : null,
    };
  });
}

/** A file itself; of a folder, its checkpoint. */
async function inspectedPath(given: string): Promise<string> {
  const found = await stat(given).catch(() => undefined);
  if (found === undefined)
    throw new DataError(`cannot read ${given}: there is no such file or folder.`, { path: given });
  return found.isDirectory() ? checkpointPath(given) : given;
}

/** By its name; otherwise, a header is JSON after eight bytes of length, and no ONNX model has a brace there by chance and parses. */
const isSafetensors = (path: string, { size, read }: FileSource): boolean =>
  path.endsWith(".safetensors") || (!path.endsWith(".onnx") && size > 8 && read(8, 1)[0] === 0x7b);

const entryOf = ({ name, dtype, shape }: SafetensorsInfo["tensors"][number]): TensorEntry => ({
  name,
  dtype: dtype.toLowerCase(),
  shape,
});

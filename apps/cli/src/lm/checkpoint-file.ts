import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "@throughtime/core";
import type { Vocabulary } from "@throughtime/text";
import { BEST, type Checkpoint, decodeCheckpoint, LAST } from "@throughtime/train";
import { readBytes } from "../read-file.js";
import { type LmDescription, readDescription } from "./description.js";

/** A trained model as it stands in a file. */
export interface SavedModel {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly description: LmDescription;
  readonly vocabulary: Vocabulary;
}

/** Where `train lm` writes unless told otherwise. */
export const DEFAULT_FOLDER = "out/lm";

/**
 * Reads a checkpoint: a file, or a folder's best one, or its last where none was the best yet. Throws DataError where
 * there is none, CheckpointError where it is damaged or of something else.
 */
export async function loadModel(path: string): Promise<SavedModel> {
  const file = await checkpointPath(path);
  const checkpoint = await decodeCheckpoint(await readBytes(file));
  return { path: file, checkpoint, ...readDescription(checkpoint.description, file) };
}

/** The checkpoint that a path names, of a folder the best one. */
export async function checkpointPath(path: string): Promise<string> {
  const found = await kindOf(path);
  if (found === "file") return path;
  if (found === "none")
    throw new DataError(
      `cannot read ${path}: there is no such file or folder. Train a model first: throughtime train lm.`,
    );
  for (const name of [BEST, LAST]) if ((await kindOf(join(path, name))) === "file") return join(path, name);
  throw new DataError(
    `${path} holds no checkpoint (${BEST} or ${LAST}). Train a model first: throughtime train lm --out ${path}.`,
  );
}

const kindOf = async (path: string): Promise<"file" | "folder" | "none"> => {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? "none" : found.isDirectory() ? "folder" : "file";
};

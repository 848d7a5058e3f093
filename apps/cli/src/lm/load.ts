import { charModelSize } from "@throughtime/language-model";
import { loadCheckpoint, type SavedCheckpoint } from "../checkpoint-file.js";
import { requireSize } from "../training/described.js";
import { type LmDescription, readDescription } from "./description.js";
import type { LmTokens } from "./tokens/tokens.js";

/** A trained language model as it stands in a file. */
export interface SavedModel extends SavedCheckpoint {
  readonly description: LmDescription;
  readonly tokens: LmTokens;
}

/** Where `train lm` writes unless told otherwise. */
export const DEFAULT_FOLDER = "out/lm";

/** Reads a language model. Throws what `loadCheckpoint` throws, and CheckpointError for a checkpoint of something else. */
export const loadModel = async (path: string): Promise<SavedModel> => languageModelOf(await loadCheckpoint(path));

/** The language model of a checkpoint. Throws CheckpointError where it is something else. */
export function languageModelOf(saved: SavedCheckpoint): SavedModel {
  const { checkpoint, path } = saved;
  const read = readDescription(checkpoint.description, path);
  requireSize(path, checkpoint.params, charModelSize(read.description.model));
  return { ...saved, ...read };
}

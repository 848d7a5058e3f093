import { loadCheckpoint, type SavedCheckpoint } from "../checkpoint-file.js";
import { requireSize } from "../training/described.js";
import { readTranslator, type TranslatorDescription } from "./description.js";
import { networkSize } from "./network.js";

/** A trained translator as it stands in a file. */
export interface SavedTranslator extends SavedCheckpoint {
  readonly description: TranslatorDescription;
}

/** Where `train translate` writes unless told otherwise. */
export const DEFAULT_FOLDER = "out/translate";

/** Reads a translator. Throws what `loadCheckpoint` throws, and CheckpointError for a checkpoint of something else. */
export const loadTranslator = async (path: string): Promise<SavedTranslator> =>
  translatorOf(await loadCheckpoint(path, "translate"));

/** The translator of a checkpoint. Throws CheckpointError where it is something else. */
export function translatorOf(saved: SavedCheckpoint): SavedTranslator {
  const { checkpoint, path } = saved;
  const description = readTranslator(checkpoint.description, path);
  // The size is an estimate: a half and the double of it are far from what a hostile file would say.
  const size = networkSize(description.model);
  requireSize(path, checkpoint.params, size / 2, 2 * size + 1000);
  return { ...saved, description };
}

/** Whether a checkpoint says that it is a translator's. */
export const isTranslator = ({ checkpoint: { description } }: SavedCheckpoint): boolean =>
  (description as { readonly task?: unknown } | null)?.task === "translation";

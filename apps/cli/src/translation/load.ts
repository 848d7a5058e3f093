import { loadCheckpoint, type SavedCheckpoint } from "../checkpoint-file.js";
import { readTranslator, type TranslatorDescription } from "./description.js";

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
export const translatorOf = (saved: SavedCheckpoint): SavedTranslator => ({
  ...saved,
  description: readTranslator(saved.checkpoint.description, saved.path),
});

/** Whether a checkpoint says that it is a translator's. */
export const isTranslator = ({ checkpoint: { description } }: SavedCheckpoint): boolean =>
  (description as { readonly task?: unknown } | null)?.task === "translation";

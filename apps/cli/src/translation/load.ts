import { type Checkpoint, decodeCheckpoint } from "@throughtime/train";
import { checkpointPath } from "../lm/checkpoint-file.js";
import { readBytes } from "../read-file.js";
import { readTranslator, type TranslatorDescription } from "./description.js";

/** A trained translator as it stands in a file. */
export interface SavedTranslator {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly description: TranslatorDescription;
}

/** Where `train translate` writes unless told otherwise. */
export const DEFAULT_FOLDER = "out/translate";

/** Reads a translator: a file, or a folder's best one, or its last. Throws DataError and CheckpointError as `checkpointPath`. */
export async function loadTranslator(path: string): Promise<SavedTranslator> {
  const file = await checkpointPath(path);
  const checkpoint = await decodeCheckpoint(await readBytes(file));
  return { path: file, checkpoint, description: readTranslator(checkpoint.description, file) };
}

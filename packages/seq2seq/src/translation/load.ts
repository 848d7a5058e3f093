import type { Backend } from "@throughtime/core";
import { type ModelBytes, type OpenOptions, openFile } from "@throughtime/task";
import { readTranslator } from "./description.js";
import { network } from "./network.js";
import { type TextTranslator, textTranslator } from "./text-translator.js";

export interface LoadTranslatorOptions extends OpenOptions {
  /** Where it runs. It stays the caller's to close. */
  readonly backend: Backend;
}

/**
 * A trained translator from its model file: what `throughtime train translate` wrote, or `throughtime pack` made of it. Its parameters
 * are put on the backend once, until `release()`. Throws CheckpointError for a file that is no translator's, saying what it is and what
 * opens it, that is damaged, or that a newer version wrote.
 *
 * @example
 * const translator = await loadTranslator(await readFile("out/translate/best.safetensors"), { backend: await cpu() });
 * for await (const { text } of translator.translate(["ein hund läuft"])) console.log(text);
 * translator.release();
 */
export async function loadTranslator(
  bytes: ModelBytes,
  { backend, ...how }: LoadTranslatorOptions,
): Promise<TextTranslator> {
  const file = await openFile(bytes, how);
  const { model, source, target } = readTranslator(file);
  return textTranslator(backend, { model: network(model), source, target }, file.checkpoint.params);
}

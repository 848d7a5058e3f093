import { type Backend, optionsOf, requireBackend } from "@throughtime/core";
import { type ModelBytes, type OpenOptions, openFile, readOf } from "@throughtime/task";
import { type PairSettings, readTranslator } from "./description.js";
import type { NetworkDescription } from "./settings.js";
import { type TextTranslator, textTranslator } from "./text-translator.js";

export interface LoadTranslatorOptions extends OpenOptions {
  /** Where it runs. It stays the caller's to close. */
  readonly backend: Backend;
}

/** A trained translator on a backend. */
export interface LoadedTranslator extends TextTranslator {
  readonly description: {
    readonly model: NetworkDescription;
    /** The pairs that it learned. */
    readonly data: PairSettings;
    /** Training steps that it made. */
    readonly step: number;
  };
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
export async function loadTranslator(content: ModelBytes, options: LoadTranslatorOptions): Promise<LoadedTranslator> {
  const { backend, ...how } = optionsOf("loadTranslator", options, "backend", "name");
  requireBackend("loadTranslator", backend);
  const file = await openFile(content, how);
  const { model, network, data, source, target } = readOf(file, readTranslator);
  const { params, step } = file.checkpoint;
  const translator = await textTranslator(backend, { model: network, source, target }, params);
  return Object.assign(translator, { description: { model, data, step } });
}

// The page of the tests of loaders: it opens model files that it fetches.

import { cpu } from "@throughtime/backend-cpu";
import { loadLanguageModel } from "@throughtime/language-model";
import { loadTranslator } from "@throughtime/seq2seq";

/** What the page offers. */
export interface ModelFilesApi {
  write(url: string, options: { length: number; seed: number }): Promise<string>;
  translate(url: string, texts: readonly string[]): Promise<string[]>;
}

const api: ModelFilesApi = {
  async write(url, options) {
    const backend = await cpu();
    // As from an <input type="file">.
    const model = await loadLanguageModel(await (await fetch(url)).blob(), { backend });
    let text = "";
    for await (const piece of model.write(options)) text += piece;
    model.release();
    await backend.close();
    return text;
  },
  async translate(url, texts) {
    const backend = await cpu();
    const translator = await loadTranslator(await (await fetch(url)).arrayBuffer(), { backend });
    const all: string[] = [];
    for await (const { text } of translator.translate(texts)) all.push(text);
    translator.release();
    await backend.close();
    return all;
  },
};

(globalThis as { modelFiles?: ModelFilesApi }).modelFiles = api;

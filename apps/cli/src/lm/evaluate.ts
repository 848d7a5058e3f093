import { type Backend, OptionError } from "@throughtime/core";
import { charModel, evaluate } from "@throughtime/language-model";
import { BOOK_NAME } from "../book.js";
import { count } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { loadText } from "../text-data.js";
import type { SavedModel } from "./load.js";
import { lossText } from "./texts.js";
import { splitText } from "./training.js";

/** What `throughtime eval` was called with, as far as language models go by it. */
export interface EvaluateOptions {
  readonly data?: string;
  readonly part?: "train" | "validation" | "test" | "all";
  readonly batch: number;
  readonly json?: true;
}

/** Measures how well a language model predicts a text. */
export async function evaluateLm(
  { checkpoint, description, vocabulary, path }: SavedModel,
  options: EvaluateOptions,
  backend: Backend,
  { terminal: { out } }: CommandContext,
): Promise<void> {
  if (options.data === undefined && description.data.name !== BOOK_NAME) {
    throw new OptionError(`${path} learned ${description.data.name}. Say which text to measure it on: --data FILE.`);
  }
  const data = await loadText(options.data);
  const part = options.part ?? (data.sha256 === description.data.sha256 ? "test" : "all");
  const tokens = vocabulary.encode(data.text);
  const chosen = part === "all" ? tokens : splitText(tokens, description.training)[part];
  const batch = Math.max(1, Math.min(options.batch, Math.floor(chosen.length / 100)));
  const result = await evaluate(backend, charModel(description.model), checkpoint.params, chosen, { batch });
  const { nats, bits, perplexity, tokens: characters } = result;
  if (options.json) {
    const { step } = checkpoint;
    printJson(out, { checkpoint: path, step, data: data.name, part, characters, nats, bits, perplexity });
    return;
  }
  const what = part === "all" ? "all" : `the ${part} part`;
  print(
    out,
    `${path}, step ${count(checkpoint.step)}, on ${what} of ${data.name}: ${lossText(nats)} over ${count(characters)} characters`,
  );
}

import { type Backend, DataError, OptionError } from "@throughtime/core";
import { bitsFromNats, charModel, evaluateLanguageModel } from "@throughtime/language-model";
import { BOOK_NAME } from "../book.js";
import { count } from "../format.js";
import { type CommandContext, print, printJson } from "../terminal.js";
import { openText } from "../text-data.js";
import type { SavedModel } from "./load.js";
import { lossText } from "./texts.js";
import { hashed } from "./tokens/learn.js";
import { encode } from "./tokens/tokens.js";
import { splitText } from "./training.js";

/** What `throughtime eval` was called with, as far as language models go by it. */
export interface EvaluateOptions {
  readonly data?: string;
  readonly encoding?: string;
  readonly part?: "train" | "validation" | "test" | "all";
  readonly batch: number;
  readonly json?: true;
}

/** Measures how well a language model predicts a text: a part of the one that it learned from, all of any other. */
export async function evaluateLm(
  { checkpoint, description, tokens, path }: SavedModel,
  options: EvaluateOptions,
  backend: Backend,
  { terminal }: CommandContext,
): Promise<void> {
  if (options.data === undefined && description.data.name !== BOOK_NAME) {
    throw new OptionError(`${path} learned ${description.data.name}. Say which text to measure it on: --data FILE.`);
  }
  const data = hashed(openText(options.data, { encoding: options.encoding, input: terminal.in }));
  const text = await encode(tokens, data.name, data.pieces);
  const own = data.sha256() === description.data.sha256;
  const part = options.part ?? (own ? "test" : "all");
  if (!own && part !== "all") {
    throw new OptionError(
      `--part ${part} is of ${description.data.name}, which the model learned from; ${data.name} is another text, and is measured as a whole. Leave --part out.`,
    );
  }
  const ids = part === "all" ? text.ids : splitText(text.ids, description.training)[part];
  requireSome(ids.length, tokens.unit, part, data.name, description.training);
  // Parts are views of the whole.
  const from = part === "all" ? 0 : (ids.byteOffset - text.ids.byteOffset) / ids.BYTES_PER_ELEMENT;
  const batch = Math.max(1, Math.min(options.batch, Math.floor(ids.length / 100)));
  const result = await evaluateLanguageModel(backend, charModel(description.model), checkpoint.params, ids, { batch });
  const { nats, bits, perplexity, tokens: predicted } = result;
  // The first is only read.
  const characters = text.characters(from + 1, from + 1 + predicted);
  const natsPerCharacter = (nats * predicted) / characters;
  if (options.json) {
    printJson(terminal.out, {
      ...{ checkpoint: path, step: checkpoint.step, data: data.name, part, kind: tokens.json.settings.kind },
      ...{ tokens: predicted, nats, bits, perplexity },
      ...{ characters, natsPerCharacter, bitsPerCharacter: bitsFromNats(natsPerCharacter) },
    });
    return;
  }
  const what = part === "all" ? "all" : `the ${part} part`;
  const over = tokens.unit === "character" ? "" : `${count(predicted)} ${tokens.unit}s, `;
  print(
    terminal.out,
    `${path}, step ${count(checkpoint.step)}, on ${what} of ${data.name}: ${lossText(nats, tokens.unit, characters / predicted)} over ${over}${count(characters)} characters`,
  );
}

function requireSome(
  length: number,
  unit: string,
  part: NonNullable<EvaluateOptions["part"]>,
  name: string,
  shares: { readonly validation: number; readonly test: number },
): void {
  if (length >= 2) return;
  const has = length === 0 ? `no ${unit}s` : `1 ${unit}`;
  if (part === "all") throw new DataError(`${name} has ${has}; at least 2 are needed, the second to be predicted.`);
  const share = part === "train" ? "" : `, since the model was trained with --${part} ${shares[part]}`;
  throw new DataError(
    `the ${part} part of ${name} has ${has}${share}. Choose another --part, or give another text with --data.`,
  );
}

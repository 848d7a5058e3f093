import { DataError, key, OptionError } from "@throughtime/core";
import { sampler } from "@throughtime/decode";
import {
  type Files,
  type OptionValues,
  options,
  type Said,
  type SavedModel,
  textOf,
  type Use,
  type UseContext,
} from "@throughtime/task";
import type { LmDescription } from "../model-file.js";
import { placeModel } from "../placed-model.js";
import { encode, type LmTokens, startOf } from "../tokens/tokens.js";
import { dataOptions } from "./options.js";

const sampleOptions = options({
  prime: {
    ...{ type: "string", placeholder: "text" },
    description: "the text to continue (default: an empty line)",
  },
  primeFile: {
    ...{ type: "string", format: "path", placeholder: "file", conflicts: ["prime"] },
    description: "a file with the text to continue, of any length; - for standard input",
  },
  encoding: dataOptions.encoding,
  length: {
    ...{ type: "integer", minimum: 0, default: 500 },
    description: "tokens to write: characters, words or subwords",
  },
  temperature: {
    type: "number",
    minimum: 0,
    description: "below 1: a sharper distribution, above 1: a flatter one (default: 1)",
  },
  topK: { type: "integer", minimum: 1, description: "sample among the n most likely tokens only" },
  topP: {
    ...{ type: "number", exclusiveMinimum: 0, maximum: 1, placeholder: "p" },
    description: "sample among the most likely tokens of this total probability only",
  },
  greedy: {
    ...{ type: "boolean", conflicts: ["temperature", "topK", "topP"] },
    description: "always the most likely token",
  },
  seed: { type: "integer", minimum: 0, default: 1, description: "the random seed" },
});

/** `throughtime sample`. */
export const sampleUse: Use<LmDescription, typeof sampleOptions> = {
  name: "sample",
  summary: "generate text with a language model",
  description:
    "Generates text with a trained language model, token by token: characters, words or subwords. The same seed gives the same text.",
  options: sampleOptions,
  examples: [
    ["throughtime sample out/lm", "the best model in a folder"],
    ['throughtime sample out/lm --prime "Call me" --temperature 0.7 --length 1000', "a beginning of your own"],
    ["tail -c 100000 book.txt | throughtime sample out/lm --prime-file -", "a long beginning"],
    ["throughtime sample out/poems --top-p 0.9 --seed 7 --json", "for a program"],
  ],
  run: sample,
};

type SampleValues = OptionValues<typeof sampleOptions>;

async function* sample(
  { checkpoint, description, path }: SavedModel<LmDescription>,
  values: SampleValues,
  context: UseContext,
): AsyncGenerator<Said, void, undefined> {
  const { tokens } = description;
  const { temperature, topK, topP, greedy, seed, length } = values;
  const { signal } = context;
  const choose = sampler({ temperature, topK, topP, greedy });
  // Before a backend is opened and anything is written: a prime may hold what the model cannot read.
  const prime = await primeOf(values, tokens, context.files);
  const model = await placeModel(await context.backend(), description.model, checkpoint.params, tokens);
  try {
    yield { text: prime.text };
    let text = "";
    context.stopsItself();
    for await (const part of model.write({ prime: prime.ids, length, sampler: choose, key: key(seed) })) {
      text += part;
      yield { text: part };
      if (signal.aborted) break;
    }
    const json = { checkpoint: path, step: checkpoint.step, seed, prime: prime.text, text };
    yield { text: text.endsWith("\n") ? "" : "\n", json };
  } finally {
    model.release();
  }
}

/** What a model reads before it writes: ids, and the text as it is shown. */
interface Prime {
  readonly ids: Int32Array;
  readonly text: string;
}

/**
 * The prime that the options give, or the end of a line. Throws OptionError for an empty one, DataError for a file that cannot be read
 * and for what the model does not know.
 */
async function primeOf({ prime, primeFile, encoding }: SampleValues, tokens: LmTokens, files: Files): Promise<Prime> {
  if (encoding !== undefined && primeFile === undefined) throw new OptionError("--encoding is of --prime-file.");
  if (prime === undefined && primeFile === undefined) return { ids: startOf(tokens), text: "" };
  const flag = prime === undefined ? "--prime-file" : "--prime";
  const given: string[] = [];
  const pieces = prime === undefined ? textOf(files, primeFile as string, { encoding, once: true }) : [prime];
  async function* kept(): AsyncGenerator<string, void, undefined> {
    for await (const piece of pieces) {
      given.push(piece);
      yield piece;
    }
  }
  const { ids } = await encode(tokens, flag, kept());
  if (ids.length === 0) {
    const error = prime === undefined ? DataError : OptionError;
    throw new error(`${flag} has nothing to read: the model must read at least one ${tokens.unit}.`);
  }
  const text = given.join("");
  // A word brings the space before it.
  return { ids, text: tokens.unit === "character" ? text : text.replace(/[^\S\n]+$/u, "") };
}

import {
  ArgumentError,
  type Backend,
  describe,
  key,
  OptionError,
  once,
  optionsOf,
  ReleasedError,
  requireInRange,
} from "@throughtime/core";
import { type SamplerOptions, sampler } from "@throughtime/decode";
import { type ModelBytes, type OpenOptions, openFile, type Releasable, readOf, releasable } from "@throughtime/task";
import type { CharModelDescription } from "./char-model.js";
import { type LmData, readDescription } from "./model-file.js";
import { placeModel, type TextEvaluation } from "./placed-model.js";
import { encode, type LmTokens, startOf } from "./tokens/tokens.js";

export interface LoadLanguageModelOptions extends OpenOptions {
  /** Where it runs. It stays the caller's to close. */
  readonly backend: Backend;
}

/** temperature, topK, topP, greedy: how the next token is chosen, as `sampler` of @throughtime/decode has them. */
export interface WriteOptions extends SamplerOptions {
  /** What the model reads before it writes. Default: the end of a line. */
  readonly prime?: string;
  /** Tokens to write: characters, words or pieces of words. Default: until the caller stops. */
  readonly length?: number;
  /** Equal seeds give equal texts. Default 1. */
  readonly seed?: number;
  /** Aborted where no more is wanted: the iteration throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface EvaluateTextOptions {
  /** Lanes of the text that are read side by side, each of at least 100 tokens; each begins without context. 1 reads it as it is. Default 8. */
  readonly batch?: number;
  /** Aborted where the result is not wanted any more: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model's text is cut into. */
export interface TextTokens {
  /** What one of them is called. */
  readonly unit: LmTokens["unit"];
  /** V */
  readonly size: number;
  /** Ids of a text. Throws DataError for what the model does not know, where nothing stands for that. */
  encode(text: string): Int32Array;
  /** The text of ids in [0, V). Throws DataError for others. */
  decode(ids: ArrayLike<number>): string;
}

/** A trained language model on a backend. */
export interface LoadedLanguageModel extends Releasable {
  readonly description: {
    readonly model: Required<CharModelDescription>;
    /** The text that it learned. */
    readonly data: LmData;
    /** Training steps that it made. */
    readonly step: number;
  };
  readonly tokens: TextTokens;
  /**
   * What the model writes after a prime, token by token. Throws OptionError for options out of range and for a prime without tokens,
   * DataError for a prime with what the model does not know.
   */
  write(options?: WriteOptions): AsyncGenerator<string, void, undefined>;
  /** How well it predicts a text, which may come in pieces that end between characters. Throws DataError for less than two tokens. */
  evaluate(
    text: string | Iterable<string> | AsyncIterable<string>,
    options?: EvaluateTextOptions,
  ): Promise<TextEvaluation>;
}

/**
 * A trained language model from its model file: what `throughtime train lm` wrote, or `throughtime pack` made of it. Its parameters
 * are put on the backend once, until `release()`. Throws CheckpointError for a file that is no language model's, saying what it is and
 * what opens it, that is damaged, or that a newer version wrote.
 *
 * @example
 * const model = await loadLanguageModel(await readFile("out/lm/best.safetensors"), { backend: await cpu() });
 * for await (const text of model.write({ prime: "Call me", length: 200, temperature: 0.7 })) process.stdout.write(text);
 * model.release();
 */
export async function loadLanguageModel(
  content: ModelBytes,
  options: LoadLanguageModelOptions,
): Promise<LoadedLanguageModel> {
  const { backend, ...how } = optionsOf("loadLanguageModel", options, "backend", "name");
  const file = await openFile(content, how);
  const { model, data, tokens } = readOf(file, readDescription);
  const { params, step } = file.checkpoint;
  const placed = await placeModel(backend, model, params, tokens);
  let released = false;
  const requireLive = (op: string) => {
    if (released) throw new ReleasedError(`${op}: this model was released. Load it again.`);
  };
  const loaded = {
    description: { model, data, step },
    tokens: textTokens(tokens),
    write(given: WriteOptions = {}) {
      requireLive("write");
      const { prime, length, seed = 1, signal, ...choice } = optionsOf("write", given, ...WRITE_OPTIONS);
      const ids = prime === undefined ? startOf(tokens) : idsOf(tokens, "write: the prime", prime);
      if (ids.length === 0) {
        throw new OptionError(`write: the prime has nothing to read: give at least one ${tokens.unit}, or no prime.`);
      }
      return once(
        placed.write({ prime: ids, length, sampler: sampler(choice), key: key(seed), signal }),
        "write: this was iterated over before, and a text is written once. Call write() again.",
      );
    },
    async evaluate(text: string | Iterable<string> | AsyncIterable<string>, given: EvaluateTextOptions = {}) {
      requireLive("evaluate");
      const { batch = 8, signal } = optionsOf("evaluate", given, "batch", "signal");
      if (!(Number.isSafeInteger(batch) && batch >= 1)) {
        throw new OptionError(`evaluate: batch must be a whole number from 1, received ${batch}.`, { batch });
      }
      const encoded = await encode(tokens, "evaluate: the text", typeof text === "string" ? [text] : text);
      requireLive("evaluate");
      return placed.evaluate(encoded, 0, encoded.ids.length, batch, signal);
    },
  };
  return releasable(loaded, () => {
    released = true;
    placed.release();
  });
}

const WRITE_OPTIONS = ["prime", "length", "temperature", "topK", "topP", "greedy", "seed", "signal"] as const;

const textTokens = (tokens: LmTokens): TextTokens => ({
  unit: tokens.unit,
  size: tokens.size,
  encode: (text) => idsOf(tokens, "encode: the text", text).slice(),
  decode(ids) {
    requireInRange({ op: "decode", noun: "the token" }, ids, tokens.size);
    return Array.from(ids, tokens.writer()).join("");
  },
});

function idsOf(tokens: LmTokens, name: string, text: string): Int32Array {
  if (typeof text !== "string") throw new ArgumentError(`${name} is ${describe(text)}; expected a string.`);
  const encoder = tokens.encoder(name);
  encoder.push(text);
  return encoder.end().ids;
}

import { type Backend, type Key, putOnBackend } from "@throughtime/core";
import { generate, type Sampler } from "@throughtime/decode";
import { type CharModelDescription, charModel } from "./char-model.js";
import { evaluateLanguageModel, type LanguageModelEvaluation } from "./evaluate.js";
import { tokenReaders } from "./token-reader.js";
import type { Encoded, LmTokens } from "./tokens/tokens.js";
import { bitsFromNats } from "./units.js";

export interface WriteTokens {
  /** Ids that the model reads first; at least one. */
  readonly prime: Int32Array;
  /** Tokens to write. */
  readonly length?: number | undefined;
  readonly sampler: Sampler;
  readonly key: Key;
  /** Aborted where no more is wanted: the iteration throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How well a model predicts a text, by token and by character: the latter compares models of characters, words and pieces. */
export interface TextEvaluation extends LanguageModelEvaluation {
  /** What the predicted tokens stand for, the spaces before words included. */
  readonly characters: number;
  readonly natsPerCharacter: number;
  readonly bitsPerCharacter: number;
}

/** A model with its parameters on a backend, which `release` frees. */
export interface PlacedModel {
  /** What it writes after a prime, token by token, as text. Throws OptionError for an empty prime. */
  write(how: WriteTokens): AsyncGenerator<string, void, undefined>;
  /**
   * How well it predicts the tokens from one position of a text to before another, in as many as `batch` lanes that are read side by side, each
   * of at least a hundred tokens. Throws DataError for less than two tokens, and the signal's reason where it is aborted.
   */
  evaluate(text: Encoded, from: number, to: number, batch: number, signal?: AbortSignal): Promise<TextEvaluation>;
  release(): void;
}

/** `params`: on the host, or on the backend. */
export async function placeModel(
  backend: Backend,
  description: CharModelDescription,
  params: unknown,
  tokens: LmTokens,
): Promise<PlacedModel> {
  const model = charModel(description);
  const placed = await putOnBackend(backend, params);
  const readers = tokenReaders(backend, model, placed.tree);
  return {
    async *write({ prime, length, sampler, key, signal }) {
      const reader = readers.begin();
      const write = tokens.writer();
      for (const id of prime) write(id);
      const read: typeof reader.step = (state, token) => {
        signal?.throwIfAborted();
        return reader.step(state, token);
      };
      const how = { prime, length, sampler: without(tokens.never, sampler), key };
      try {
        for await (const id of generate({ ...reader, ...how, step: read })) yield write(id);
      } finally {
        reader.release();
      }
    },
    async evaluate(text, from, to, batch, signal) {
      const lanes = Math.max(1, Math.min(batch, Math.floor((to - from) / 100)));
      const ids = text.ids.subarray(from, to);
      const result = await evaluateLanguageModel(backend, model, placed.tree, ids, { batch: lanes, signal });
      // The first is only read.
      const characters = text.characters(from + 1, from + 1 + result.tokens);
      const natsPerCharacter = (result.nats * result.tokens) / characters;
      return { ...result, characters, natsPerCharacter, bitsPerCharacter: bitsFromNats(natsPerCharacter) };
    },
    release() {
      readers.release();
      placed.release();
    },
  };
}

/** A sampler that never chooses some tokens. */
const without = (never: readonly number[], choose: Sampler): Sampler =>
  never.length === 0
    ? choose
    : (logits, key) => {
        const allowed = Float64Array.from(logits);
        for (const id of never) allowed[id] = -Infinity;
        return choose(allowed, key);
      };

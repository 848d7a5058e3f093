import type { Backend, Key } from "@throughtime/core";
import { generate, type Sampler } from "@throughtime/decode";
import { type CharModel, tokenReader } from "@throughtime/language-model";
import type { LmTokens } from "./tokens/tokens.js";

export interface SampleOptions {
  /** Ids that the model reads first; at least one. */
  readonly prime: Int32Array;
  /** Tokens to write. */
  readonly length: number;
  readonly sampler: Sampler;
  readonly key: Key;
}

/** What a model writes after a prime, token by token, as text. `params`: the model's, on the host. Throws OptionError for an empty prime. */
export async function* writeText(
  backend: Backend,
  model: CharModel,
  params: unknown,
  tokens: LmTokens,
  { prime, length, sampler, key }: SampleOptions,
): AsyncGenerator<string, void, undefined> {
  const reader = await tokenReader(backend, model, params);
  const write = tokens.writer();
  for (const id of prime) write(id);
  try {
    for await (const id of generate({ ...reader, prime, length, sampler: without(tokens.never, sampler), key })) {
      yield write(id);
    }
  } finally {
    reader.release();
  }
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

/** All that `writeText` writes. */
export async function sampleText(...args: Parameters<typeof writeText>): Promise<string> {
  let text = "";
  for await (const part of writeText(...args)) text += part;
  return text;
}

/** The end of a line, as a prime. */
export const startOf = ({ start }: LmTokens): Int32Array => Int32Array.of(start);

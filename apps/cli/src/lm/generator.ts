import type { Backend, Key } from "@throughtime/core";
import { generate, type Sampler } from "@throughtime/decode";
import { type CharModel, tokenReader } from "@throughtime/language-model";
import type { Vocabulary } from "@throughtime/text";

export interface SampleOptions {
  readonly prime: string;
  readonly length: number;
  readonly sampler: Sampler;
  readonly key: Key;
}

/**
 * The characters that a model writes after a prime, one by one. `params`: the model's, on the host. Throws DataError for
 * a prime with characters that the model does not know, OptionError for an empty one.
 */
export async function* writeText(
  backend: Backend,
  model: CharModel,
  params: unknown,
  vocabulary: Vocabulary,
  { prime, length, sampler, key }: SampleOptions,
): AsyncGenerator<string, void, undefined> {
  const tokens = vocabulary.encode(prime);
  const reader = await tokenReader(backend, model, params);
  try {
    for await (const token of generate({ ...reader, prime: tokens, length, sampler, key })) {
      yield vocabulary.symbols[token] as string;
    }
  } finally {
    reader.release();
  }
}

/** All that `writeText` writes. */
export async function sampleText(...args: Parameters<typeof writeText>): Promise<string> {
  let text = "";
  for await (const character of writeText(...args)) text += character;
  return text;
}

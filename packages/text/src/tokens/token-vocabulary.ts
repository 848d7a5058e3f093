import { DataError, describe, OptionError, requireList } from "@throughtime/core";

/** What stands at the first four ids of every token vocabulary, in this order. */
export const SPECIAL_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"] as const;

/** Tokens with ids: 0 to 3 are padding, unknown, begin and end; the tokens follow. */
export interface TokenVocabulary {
  /** By id, the special ones included. */
  readonly tokens: readonly string[];
  readonly size: number;
  readonly pad: number;
  readonly unknown: number;
  readonly begin: number;
  readonly end: number;
  /** Ids of tokens. One that is not there is `unknown`; no token of a text is ever a special one. */
  encode(tokens: readonly string[]): Int32Array;
  /** Tokens of ids. Throws DataError for an id that there is not. */
  decode(ids: ArrayLike<number>): string[];
  toJSON(): TokenVocabularyJson;
}

/** A token vocabulary as JSON: the tokens without the special ones, in the order of their ids. */
export type TokenVocabularyJson = { readonly tokens: readonly string[] };

/**
 * A vocabulary of these tokens. Throws OptionError where one stands twice.
 *
 * @example
 * const counts = new Map<string, number>();
 * for (const line of lines) countTokens(counts, words().encode(line));
 * tokenVocabulary(frequentTokens(counts, { minFrequency: 2 }));
 */
export function tokenVocabulary(tokens: readonly string[]): TokenVocabulary {
  requireList("tokenVocabulary: tokens", tokens);
  const [pad, unknown, begin, end] = [0, 1, 2, 3];
  const ids = new Map<string, number>();
  tokens.forEach((token, i) => {
    if (ids.has(token)) throw new OptionError(`tokenVocabulary: ${JSON.stringify(token)} stands twice.`, { token });
    ids.set(token, SPECIAL_TOKENS.length + i);
  });
  const all = [...SPECIAL_TOKENS, ...tokens];
  return {
    tokens: all,
    size: all.length,
    ...{ pad, unknown, begin, end },
    encode: (list) => Int32Array.from(list, (token) => ids.get(token) ?? unknown),
    decode: (list) =>
      Array.from(list, (id) => {
        const token = all[id];
        if (token !== undefined) return token;
        throw new DataError(`tokenVocabulary: id ${id} is not among the ${all.length} of this vocabulary.`, { id });
      }),
    toJSON: () => ({ tokens }),
  };
}

/** The vocabulary that `toJSON` was called on. Throws DataError where the JSON is not that of a token vocabulary. */
export function tokenVocabularyFromJson(json: unknown): TokenVocabulary {
  const { tokens } = (json ?? {}) as Partial<TokenVocabularyJson>;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === "string")) {
    throw new DataError(`tokenVocabularyFromJson: the JSON is ${describe(json)}; expected { tokens: string[] }.`, {
      received: json,
    });
  }
  return tokenVocabulary(tokens);
}

import { DataError, describe, OptionError, optionsOf, quote, requireList } from "@throughtime/core";
import { requireText } from "./require.js";

/** Symbols with ids from 0 to size − 1. Plain data but for its two functions; `toJSON` gives what a checkpoint keeps. */
export interface Vocabulary {
  /** Each one code point, by id. */
  readonly symbols: readonly string[];
  readonly size: number;
  /** The symbol for characters that are not in the vocabulary; undefined where such a character is an error. */
  readonly unknown: string | undefined;
  /**
   * The ids of a text's code points. Throws DataError, naming the character and where it stands, for one that is not in
   * the vocabulary, unless `unknown` is set.
   */
  encode(text: string): Int32Array;
  /** The text of ids. Throws DataError for an id that no symbol has. */
  decode(ids: ArrayLike<number>): string;
  toJSON(): VocabularyJson;
}

/** A vocabulary as JSON: the symbols in the order of their ids. */
export type VocabularyJson = {
  readonly symbols: readonly string[];
  readonly unknown?: string;
};

export interface VocabularyOptions {
  /** The symbol for characters that are not in the vocabulary. Default: such a character is an error. */
  readonly unknown?: string;
}

/**
 * A vocabulary of these symbols, whose ids are their positions. Throws OptionError where one is not exactly one code
 * point or stands twice, or where `unknown` is not among them.
 *
 * @example vocabulary(["a", "b", "?"], { unknown: "?" }).encode("abc")  // Int32Array [0, 1, 2]
 */
export function vocabulary(symbols: readonly string[], options: VocabularyOptions = {}): Vocabulary {
  const { unknown } = optionsOf("vocabulary", options, "unknown");
  requireList("vocabulary: symbols", symbols);
  const ids = new Map<string, number>();
  symbols.forEach((symbol, id) => {
    if (typeof symbol !== "string" || symbol.length !== String.fromCodePoint(symbol.codePointAt(0) ?? 0).length) {
      throw new OptionError(`vocabulary: symbol ${id} must be one code point, received ${quote(symbol)}.`, {
        id,
        symbol,
      });
    }
    if (ids.has(symbol)) {
      throw new OptionError(`vocabulary: ${characterText(symbol)} is both symbol ${ids.get(symbol)} and ${id}.`, {
        id,
      });
    }
    ids.set(symbol, id);
  });
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);
  if (unknown !== undefined && unknownId === undefined) {
    throw new OptionError(`vocabulary: unknown is ${quote(unknown)}, which is not among the symbols.`, {
      unknown,
    });
  }
  return {
    symbols,
    size: symbols.length,
    unknown,
    encode(text) {
      requireText("encode: the text", text);
      // A text has at least as many code units as code points.
      const out = new Int32Array(text.length);
      let count = 0;
      for (const character of text)
        out[count++] = ids.get(character) ?? unknownId ?? reject(text, count - 1, symbols.length);
      return out.slice(0, count);
    },
    decode(tokens) {
      const parts: string[] = [];
      for (let i = 0; i < tokens.length; i++) {
        const symbol = symbols[tokens[i] as number];
        if (symbol === undefined) {
          throw new DataError(
            `decode: id ${tokens[i]} at position ${i}; this vocabulary has ids 0 to ${symbols.length - 1}.`,
            {
              id: tokens[i],
              position: i,
            },
          );
        }
        parts.push(symbol);
      }
      return parts.join("");
    },
    toJSON: () => (unknown === undefined ? { symbols } : { symbols, unknown }),
  };
}

/** The vocabulary that `toJSON` was called on. Throws DataError where the JSON is not that of a vocabulary. */
export function vocabularyFromJson(json: unknown): Vocabulary {
  const { symbols, unknown } = (json ?? {}) as Partial<VocabularyJson>;
  const isText = (value: unknown): value is string => typeof value === "string";
  if (!Array.isArray(symbols) || !symbols.every(isText) || !(unknown === undefined || isText(unknown))) {
    throw new DataError(
      `vocabularyFromJson: the JSON is ${describe(json)}; expected { symbols: string[], unknown?: string }.`,
      { received: json },
    );
  }
  try {
    return vocabulary(symbols, unknown === undefined ? {} : { unknown });
  } catch (cause) {
    throw new DataError((cause as Error).message, {}, { cause });
  }
}

/** Counts up to the character again, since a text that is encoded may be too large to keep anything of. */
function reject(text: string, position: number, size: number): never {
  let [at, line, column] = [0, 1, 1];
  let character = "";
  for (character of text) {
    if (at++ === position) break;
    [line, column] = character === "\n" ? [line + 1, 1] : [line, column + 1];
  }
  throw new DataError(
    `encode: ${characterText(character)} at character ${position} (line ${line}, column ${column}) is not among the vocabulary's ${size} symbols. Leave it out, or make the vocabulary with an unknown symbol.`,
    { character, position, line, column },
  );
}

/** A character for people, also where it cannot be seen: `"é" (U+00E9)`. */
export const characterText = (character: string): string =>
  `${JSON.stringify(character)} (U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")})`;

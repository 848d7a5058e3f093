import { DataError, quote } from "@throughtime/core";
import { type BpeMerges, bpe } from "./bpe.js";
import { characters } from "./characters.js";
import { tagged } from "./tagged.js";
import type { Tokenizer } from "./tokenizer.js";
import { words } from "./words.js";

/** The tokenizers of this package that a model file can name. */
export const TOKENIZERS = ["words", "characters", "tagged", "bpe"] as const;

/** A tokenizer as plain JSON. */
export type TokenizerJson =
  | { readonly kind: "words"; readonly case: "mixed" | "lower" }
  | { readonly kind: "bpe"; readonly case: "mixed" | "lower"; readonly merges: BpeMerges }
  | { readonly kind: "characters"; readonly case?: "mixed" | "lower" }
  | { readonly kind: "tagged"; readonly case?: "mixed" | "lower" };

/** The tokenizer of JSON. Throws DataError where it names none. */
export function tokenizerFromJson(json: TokenizerJson): Tokenizer {
  const how = { case: json.case ?? "mixed" };
  switch (json.kind) {
    case "words":
      return words(how);
    case "characters":
      return characters(how);
    case "tagged":
      return tagged(how);
    case "bpe":
      if (!Array.isArray(json.merges)) throw new DataError("tokenizer: bpe has no merges.");
      return bpe(json.merges, words(how));
    default:
      throw new DataError(
        `tokenizer: there is no kind ${quote((json as { kind?: unknown }).kind)}; expected one of ${TOKENIZERS.join(", ")}.`,
      );
  }
}

/** Words that are cut already: each is a token. For `bpe`, where words were counted before. */
export const wholeWords: Tokenizer = {
  normalize: (word) => word,
  encode: (word) => [word],
  decode: (list) => list.join(" "),
};

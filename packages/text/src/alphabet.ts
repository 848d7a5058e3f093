import { DataError } from "@throughtime/core";
import { requireText } from "./require.js";
import { type Vocabulary, type VocabularyOptions, vocabulary } from "./vocabulary.js";

/**
 * The vocabulary of a text: its distinct Unicode code points, sorted by code point, so that equal sets of characters
 * give equal ids. Nothing is normalized: é and e with a combining accent are different texts. `unknown` is added where the text does not have it. Throws DataError for an empty text, ArgumentError for what is no text.
 *
 * @example alphabet("banana").symbols  // ["a", "b", "n"]
 */
export function alphabet(text: string, options: VocabularyOptions = {}): Vocabulary {
  requireText("alphabet: the text", text);
  if (text.length === 0) throw new DataError("alphabet: the text is empty; there is no character to learn.");
  const symbols = new Set(text);
  if (options.unknown !== undefined) symbols.add(options.unknown);
  // By code point: the default order is that of UTF-16 code units, which puts 𝄞 before ﬁ.
  const sorted = [...symbols].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
  return vocabulary(sorted, options);
}

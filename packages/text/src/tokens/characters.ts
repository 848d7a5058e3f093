import { type CaseOptions, caseOf, JOINER, normalizeText } from "./normalize.js";
import type { Tokenizer, TokenWords } from "./tokenizer.js";
import { cutWords } from "./words.js";

/**
 * Every Unicode code point is a token: for spelling, dates, and languages without spaces. The text is normalized first (NFC,
 * single spaces, no control characters).
 */
export function characters(options: CaseOptions = {}): Tokenizer {
  const letters = caseOf("characters", options);
  const normalize = (text: string) => normalizeText(text, { case: letters });
  return {
    normalize,
    encode: (text) => Array.from(normalize(text)),
    decode: (tokens) => normalize(tokens.join("")),
    unit: "character",
    wordsOf: wordsOfCharacters,
  };
}

/** The words of a text that is cut into its code points. */
export function wordsOfCharacters(tokens: readonly string[]): TokenWords {
  const words = cutWords(tokens.join(""));
  const of = new Int32Array(tokens.length).fill(-1);
  let at = 0;
  words.forEach((word, i) => {
    while (tokens[at] === " ") at++;
    // A joiner that is no mark is a word of its own, marked or not.
    const marked = word.length > 1 && word.startsWith(JOINER) ? word.slice(1) : word;
    for (const _ of marked) of[at++] = i;
  });
  return { words, of };
}

import { requireText } from "../require.js";
import { type CaseOptions, caseOf, JOINER, normalizeText } from "./normalize.js";
import type { Tokenizer } from "./tokenizer.js";

// Letters, marks and digits with ' ’ - . , between them are one token ("don't", "T-Shirt", "3.5"); anything else is one by itself.
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’\-.,][\p{L}\p{M}\p{N}]+)*|./gsu;
// That expression would run out of stack on some millions of characters without a space; so a million are looked at together.
const STRETCH = /.{1,1000000}/gsu;

/**
 * Words and punctuation, by these rules: the text is cut at white space; then runs of letters, marks and digits are
 * tokens, with a single ' ’ - . or , between two of them left inside; every other character is a token of its own. A token
 * that no space stood before begins with a joiner, so that `decode` gives the text back: "Hi, you!" is "Hi", "￭,",
 * "you", "￭!". The text is normalized first (NFC, single spaces, no control characters); joiners in it are dropped.
 */
export function words(options: CaseOptions = {}): Tokenizer {
  const letters = caseOf("words", options);
  const normalize = (text: string) => {
    requireText("words: the text", text);
    return normalizeText(text.replaceAll(JOINER, ""), { case: letters });
  };
  return {
    normalize,
    encode: (text) => cutWords(normalize(text)),
    decode: (tokens) => normalize(tokens.join(" ").replaceAll(` ${JOINER}`, "")),
    unit: "word",
  };
}

/** The words and the punctuation of a normalized text, with their joiners. */
export const cutWords = (text: string): string[] =>
  text.split(" ").flatMap((chunk) => {
    const tokens = chunk.length < 1e6 ? tokensOf(chunk) : (chunk.match(STRETCH) ?? []).flatMap(tokensOf);
    return tokens.map((token, i) => (i === 0 ? token : JOINER + token));
  });

const tokensOf = (chunk: string): readonly string[] => chunk.match(TOKEN) ?? [];

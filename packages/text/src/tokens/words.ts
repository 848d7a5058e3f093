import type { Tokenizer } from "./tokenizer.js";

/** Marks the side of a token that no space stood at: U+FFED, as OpenNMT's tokenizer does. */
export const JOINER = "￭";

export interface WordOptions {
  /** "lower": the text is lower-cased first, by Unicode's rules. Default "mixed". */
  readonly case?: "mixed" | "lower";
}

// Letters, marks and digits with ' ’ - . , between them are one token ("don't", "T-Shirt", "3.5"); anything else but control
// characters is one by itself.
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’\-.,][\p{L}\p{M}\p{N}]+)*|\P{Cc}/gu;

/**
 * Words and punctuation, by these rules: the text is cut at white space; then runs of letters, marks and digits are
 * tokens, with a single ' ’ - . or , between two of them left inside; every other character is a token of its own. A token
 * that no space stood before begins with a joiner, so that `decode` gives the text back: "Hi, you!" is "Hi", "￭,",
 * "you", "￭!". The text is normalized (NFC) first; joiners in the text itself are dropped, and control characters.
 */
export function words({ case: letters = "mixed" }: WordOptions = {}): Tokenizer {
  return {
    encode(text) {
      const own = (letters === "lower" ? text.toLowerCase() : text).replaceAll(JOINER, "").normalize("NFC");
      return own.split(/\s+/u).flatMap((chunk) => {
        const tokens = chunk.match(TOKEN) ?? [];
        return tokens.map((token, i) => (i === 0 ? token : JOINER + token));
      });
    },
    decode: (tokens) => tokens.join(" ").replaceAll(` ${JOINER}`, "").replaceAll(JOINER, ""),
  };
}

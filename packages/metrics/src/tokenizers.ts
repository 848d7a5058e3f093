import { trimmed, trimmedEnd, wordsOf } from "./white-space.js";

/** How BLEU cuts a text into what it counts: sacreBLEU's tokenizers, by its names. */
export const BLEU_TOKENIZERS = ["13a", "intl", "zh", "char", "none"] as const;

export type BleuTokenizer = (typeof BLEU_TOKENIZERS)[number];

/** The tokens of a text, as sacreBLEU counts them: white space at the text's end is not part of it. */
export const bleuTokens = (text: string, tokenizer: BleuTokenizer): string[] => TOKENS[tokenizer](trimmedEnd(text));

/**
 * The tokens of one line by the rules of mteval-v13a, which WMT and sacreBLEU use by default (Post 2018, "A call for clarity
 * in reporting BLEU scores"). Punctuation of ASCII stands alone, but not inside of numbers.
 */
function tokenize13a(line: string): string[] {
  let text = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, character] of ENTITIES) text = text.replaceAll(entity, character);
  return wordsOf(western(` ${text} `));
}

const ENTITIES = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
] as const;

/** Of languages that are written as English is; of 13a and of what is not Chinese in zh. */
const western = (text: string): string =>
  text
    .replace(/[{-~[-` -&(-+:-@/]/g, " $& ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");

/** Of mteval-v14: punctuation of every script stands alone, but not where digits are on both sides, and every symbol. */
const international = (text: string): string =>
  text
    .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
    .replace(/(\p{P})(\P{N})/gu, " $1 $2")
    .replace(/\p{S}/gu, " $& ");

/**
 * What sacreBLEU takes for Chinese. The first range is meant to be U+20000 to U+2A6D6; as it is written there it is this
 * one, and so it also has punctuation of General Punctuation, kana and hangul.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2eff\u2f00-\u2fdf\u2f81-\u2fa1\u2ff0-\u2fff\u3000-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u33ff\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;

const TOKENS: Readonly<Record<BleuTokenizer, (text: string) => string[]>> = {
  "13a": tokenize13a,
  intl: (text) => wordsOf(international(text)),
  zh: (text) => wordsOf(western(trimmed(text).replace(CHINESE, " $& "))),
  char: (text) => Array.from(text).flatMap(wordsOf),
  none: wordsOf,
};

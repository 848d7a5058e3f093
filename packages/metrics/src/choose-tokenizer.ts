import type { Reference } from "./segments.js";
import type { BleuTokenizer } from "./tokenizers.js";

const HAN = "\\p{Script=Han}";
const KANA = "\\p{Script=Hiragana}\\p{Script=Katakana}";
const OTHERS = ["Thai", "Lao", "Khmer", "Myanmar", "Javanese", "Tai_Le", "New_Tai_Lue", "Tai_Tham"];
/** Characters of scripts in which no space stands between words. */
const UNSPACED = `[${HAN}${KANA}${OTHERS.map((script) => `\\p{Script=${script}}`).join("")}]`;
const PATTERNS = {
  words: /[\p{L}\p{M}]+/gu,
  unspaced: new RegExp(UNSPACED, "gu"),
  runs: new RegExp(`${UNSPACED}+`, "gu"),
  spaces: new RegExp(`(?<=${UNSPACED})\\s+(?=${UNSPACED})`, "gu"),
  han: new RegExp(HAN, "gu"),
  kana: new RegExp(`[${KANA}]`, "gu"),
} as const;

/** Where more than this share of neighbours has a space between them, the words are cut already. */
const FEW_SPACES = 0.1;
/** More than this share of Japanese is kana; Chinese has none. */
const KANA_SHARE = 0.05;

/**
 * The tokenizer that BLEU against such references should count with: "13a" for a language with spaces between its words, "zh"
 * for Chinese, "char" for Japanese, Thai, Lao, Khmer, Burmese and others without. Decided by the letters: of sentences that are
 * one word each, hardly a 4-gram ever matches. Where the words are cut already, with spaces, it is "13a" too.
 *
 * @example bleu(hypotheses, references, { tokenize: chooseBleuTokenizer(references) })
 */
export function chooseBleuTokenizer(references: readonly Reference[]): BleuTokenizer {
  const texts = references.flat();
  const count = (what: keyof typeof PATTERNS) =>
    texts.reduce((sum, text) => sum + (text.match(PATTERNS[what])?.length ?? 0), 0);
  const unspaced = count("unspaced");
  // About two characters are a word, and each run of them is among the words.
  const others = count("words") - count("runs");
  if (unspaced <= 2 * others) return "13a";
  const spaces = count("spaces");
  const together = unspaced - count("runs");
  if (spaces > FEW_SPACES * (spaces + together)) return "13a";
  return count("kana") <= KANA_SHARE * unspaced && 2 * count("han") > unspaced ? "zh" : "char";
}

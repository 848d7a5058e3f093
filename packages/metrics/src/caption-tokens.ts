import { ArgumentError, describe } from "@throughtime/core";
import { wordsOf } from "./white-space.js";

const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu;

/**
 * The tokens of a caption, as Karpathy & Fei-Fei 2015 ("Deep visual-semantic alignments for generating image descriptions")
 * prepared captions: lower case, without punctuation (here of every script), split at white space. "A man's T-shirt." is
 * `["a", "mans", "tshirt"]`. For a language without spaces between words take `bleuTokens(text, "zh")` or `"char"`. Throws
 * ArgumentError for what is no string.
 *
 * @example tokenizeCaption("Two dogs, running.")  // ["two", "dogs", "running"]
 */
export function tokenizeCaption(text: string): string[] {
  if (typeof text !== "string") {
    throw new ArgumentError(`tokenizeCaption: the text is ${describe(text)}; expected a string.`);
  }
  return wordsOf(text.toLowerCase().replace(PUNCTUATION, ""));
}

import { wordsOfCharacters } from "./characters.js";
import { type CaseOptions, caseOf, normalizeText } from "./normalize.js";
import type { Tokenizer } from "./tokenizer.js";

/** The first word is one token (a language, a locale), and so is each character after it. The text is normalized as `characters` does. */
export function tagged(options: CaseOptions = {}): Tokenizer {
  const letters = caseOf("tagged", options);
  const normalize = (text: string) => normalizeText(text, { case: letters });
  return {
    normalize,
    encode(text) {
      const own = normalize(text);
      if (own === "") return [];
      const [tag, rest = ""] = own.split(/ (.*)/su) as [string, string?];
      return [tag, ...rest];
    },
    decode: ([tag = "", ...rest]) => normalize(`${tag} ${rest.join("")}`),
    unit: "character",
    wordsOf([tag = "", ...rest]) {
      const after = wordsOfCharacters(rest);
      return { words: [tag, ...after.words], of: [0, ...Array.from(after.of, (word) => (word < 0 ? word : word + 1))] };
    },
  };
}

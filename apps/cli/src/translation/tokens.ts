import { CheckpointError, quote } from "@throughtime/core";
import {
  type BpeMerges,
  bpe,
  type CaseOptions,
  characters,
  normalizeText,
  type Tokenizer,
  words,
  wordsOfCharacters,
} from "@throughtime/text";

/** How a side of the pairs is cut into tokens. */
export const TOKENS = ["words", "characters", "tagged", "bpe"] as const;

/** A tokenizer as a checkpoint keeps it. */
export type TokenSettings =
  | { readonly kind: "words"; readonly case: "mixed" | "lower" }
  | { readonly kind: "bpe"; readonly case: "mixed" | "lower"; readonly merges: BpeMerges }
  | { readonly kind: "characters"; readonly case?: "mixed" | "lower" }
  /** The first word is one token (a language, a locale), and each character after it. */
  | { readonly kind: "tagged"; readonly case?: "mixed" | "lower" };

/** The tokenizer of settings. Throws CheckpointError for settings of another version. */
export function tokenizerOf(settings: TokenSettings): Tokenizer {
  const how = { case: settings.case ?? "mixed" };
  switch (settings.kind) {
    case "words":
      return words(how);
    case "bpe":
      if (!Array.isArray(settings.merges)) throw new CheckpointError("tokens: bpe has no merges.");
      return bpe(settings.merges, words(how));
    case "characters":
      return characters(how);
    case "tagged":
      return tagged(how);
    default:
      throw new CheckpointError(`tokens: there is no kind ${quote(String((settings as { kind: unknown }).kind))}.`);
  }
}

function tagged(how: CaseOptions): Tokenizer {
  const normalize = (text: string) => normalizeText(text, how);
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

/** Words that are cut already. */
export const asTheyAre: Tokenizer = {
  normalize: (word) => word,
  encode: (word) => [word],
  decode: (list) => list.join(" "),
};

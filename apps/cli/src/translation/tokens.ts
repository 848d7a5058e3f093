import { CheckpointError } from "@throughtime/core";
import { type BpeMerges, bpe, characters, type Tokenizer, words } from "@throughtime/text";

/** How a side of the pairs is cut into tokens. */
export const TOKENS = ["words", "characters", "tagged", "bpe"] as const;

/** A tokenizer as a checkpoint keeps it. */
export type TokenSettings =
  | { readonly kind: "words"; readonly case: "mixed" | "lower" }
  | { readonly kind: "bpe"; readonly case: "mixed" | "lower"; readonly merges: BpeMerges }
  | { readonly kind: "characters" }
  /** The first word is one token (a language, a locale), and each character after it. */
  | { readonly kind: "tagged" };

/** The tokenizer of settings. Throws CheckpointError for settings of another version. */
export function tokenizerOf(settings: TokenSettings): Tokenizer {
  switch (settings.kind) {
    case "words":
      return words({ case: settings.case });
    case "bpe":
      return bpe(settings.merges, words({ case: settings.case }));
    case "characters":
      return characters();
    case "tagged":
      return tagged();
    default:
      throw new CheckpointError(`tokens: there is no kind ${JSON.stringify((settings as { kind: unknown }).kind)}.`);
  }
}

const tagged = (): Tokenizer => ({
  encode(text) {
    const [tag = "", rest = ""] = text.trim().split(/\s+(.*)/su);
    return tag === "" ? [] : [tag, ...rest];
  },
  decode: ([tag = "", ...rest]) => [tag, rest.join("")].join(" ").trim(),
});

import { options } from "./options.js";

const CASES = ["mixed", "lower"] as const;

/** A label of the Encoding Standard, of the text files that a command reads. */
export const ENCODING = {
  type: "string",
  placeholder: "name",
  free: true,
  description: "of text files: windows-1252 (Latin-1 too), utf-16le, … (default: utf-8)",
} as const;

/** Options for how text is cut, and which tokens a model knows. `kinds`: of tokens, the first where nothing else is said. */
export const tokenOptions = <const K extends readonly [string, ...string[]]>(kinds: K, group: string) =>
  options({
    tokens: {
      ...{ type: "string", enum: kinds, default: kinds[0] as string, placeholder: "kind", group },
      description: `the tokens of the text${kinds.includes("tagged") ? "; tagged: a word, then characters" : ""}`,
    },
    case: {
      ...{ type: "string", enum: CASES, default: "mixed", placeholder: "how", group },
      description: "lower: all text is in lower case",
    },
    minFrequency: {
      ...{ type: "integer", minimum: 1, placeholder: "n", group },
      description: "rarer tokens are unknown (default: 2 for words, else 1)",
    },
    maxVocabulary: {
      ...{ type: "integer", minimum: 1, placeholder: "n", group },
      description: "most frequent tokens to keep (default: all)",
    },
    merges: {
      ...{ type: "integer", minimum: 0, default: 8000, placeholder: "n", group },
      description: "merges of byte-pair encoding",
    },
  });

/** Which tokens are kept, by the options. Rare words are noise, and make large tables; every character and every piece is there for a reason. */
export const keptTokens = (
  kind: string,
  { minFrequency = kind === "words" ? 2 : 1, maxVocabulary = Number.MAX_SAFE_INTEGER }: KeptTokens,
): Required<KeptTokens> => ({ minFrequency, maxVocabulary });

interface KeptTokens {
  readonly minFrequency?: number;
  readonly maxVocabulary?: number;
}

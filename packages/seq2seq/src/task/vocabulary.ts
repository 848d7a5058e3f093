import {
  bpe,
  countTokens,
  frequentTokens,
  type TokenizerJson,
  tokenizerFromJson,
  tokenVocabulary,
  trainBpe,
  wholeWords,
} from "@throughtime/text";
import type { SideSettings } from "../translation/side.js";

/** How one side's vocabulary is made. */
export interface VocabularySettings {
  readonly kind: TokenizerJson["kind"];
  readonly case: "mixed" | "lower";
  /** Tokens that are there less often are unknown. */
  readonly minFrequency: number;
  readonly maxVocabulary: number;
  /** For bpe: how many merges are learnt. */
  readonly merges: number;
}

/** Counts a side's tokens, and makes its vocabulary of them. */
export interface Counting {
  /** What is counted of a text. */
  cut(text: string): readonly string[];
  see(tokens: readonly string[]): void;
  side(): SideSettings;
}

export function counting({ kind, merges, ...settings }: VocabularySettings): Counting {
  const { case: letters, minFrequency, maxVocabulary: maxSize } = settings;
  const first = tokenizerFromJson({ kind: kind === "bpe" ? "words" : kind, case: letters });
  const counts = new Map<string, number>();
  return {
    cut: first.encode,
    see: (tokens) => countTokens(counts, tokens),
    side() {
      const tokens: TokenizerJson =
        kind === "bpe" ? { kind, case: letters, merges: trainBpe(counts, merges) } : { kind, case: letters };
      const found = tokens.kind === "bpe" ? pieces(counts, tokens.merges) : counts;
      const vocabulary = tokenVocabulary(frequentTokens(found, { minFrequency, maxSize })).toJSON();
      return { tokens, vocabulary };
    },
  };
}

/** How often each piece is there, in words that are there so often. */
function pieces(words: ReadonlyMap<string, number>, merges: ReturnType<typeof trainBpe>): Map<string, number> {
  const cut = bpe(merges, wholeWords);
  const found = new Map<string, number>();
  for (const [word, times] of words) {
    for (const piece of cut.encode(word)) found.set(piece, (found.get(piece) ?? 0) + times);
  }
  return found;
}

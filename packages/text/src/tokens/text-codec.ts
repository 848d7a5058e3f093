import { bpe } from "./bpe.js";
import { countTokens, frequentTokens } from "./count.js";
import {
  type TokenVocabulary,
  type TokenVocabularyJson,
  tokenVocabulary,
  tokenVocabularyFromJson,
} from "./token-vocabulary.js";
import type { Tokenizer } from "./tokenizer.js";
import { type TokenizerJson, tokenizerFromJson, wholeWords } from "./tokenizer-json.js";
import { trainBpe } from "./train-bpe.js";

/** How text becomes ids, as a model file keeps it. Plain JSON. */
export type TextCodecJson = { readonly tokens: TokenizerJson; readonly vocabulary: TokenVocabularyJson };

/** How text becomes ids and ids text, ready to use: a tokenizer and its vocabulary. */
export interface TextCodec {
  /** What it is made from. */
  readonly settings: TextCodecJson;
  readonly tokenizer: Tokenizer;
  readonly vocabulary: TokenVocabulary;
}

/** Throws DataError or OptionError for settings of which there is no tokenizer or vocabulary. */
export const textCodec = (settings: TextCodecJson): TextCodec => ({
  settings,
  tokenizer: tokenizerFromJson(settings.tokens),
  vocabulary: tokenVocabularyFromJson(settings.vocabulary),
});

/** The ids of a text. */
export const idsOf = ({ tokenizer, vocabulary }: TextCodec, text: string): Int32Array =>
  vocabulary.encode(tokenizer.encode(text));

/** A codec as readers without this library want it: what text is cut into, and all tokens by id. */
export const tokensOf = ({ settings, vocabulary }: TextCodec) => ({ ...settings.tokens, tokens: vocabulary.tokens });

/** How a codec is made of texts. */
export interface LearnCodecOptions {
  readonly kind: TokenizerJson["kind"];
  readonly case: "mixed" | "lower";
  /** Tokens that are there less often are unknown. */
  readonly minFrequency: number;
  readonly maxVocabulary: number;
  /** For bpe: how many merges are learnt. */
  readonly merges: number;
}

/** Counts the tokens of texts, and makes a codec of them. */
export interface CodecLearner {
  /** What is counted of a text. */
  cut(text: string): readonly string[];
  see(tokens: readonly string[]): void;
  learned(): TextCodecJson;
}

export function codecLearner({ kind, merges, ...settings }: LearnCodecOptions): CodecLearner {
  const { case: letters, minFrequency, maxVocabulary: maxSize } = settings;
  const first = tokenizerFromJson({ kind: kind === "bpe" ? "words" : kind, case: letters });
  const counts = new Map<string, number>();
  return {
    cut: first.encode,
    see: (tokens) => countTokens(counts, tokens),
    learned() {
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

import {
  type Tokenizer,
  type TokenizerJson,
  type TokenVocabulary,
  type TokenVocabularyJson,
  tokenizerFromJson,
  tokenVocabularyFromJson,
} from "@throughtime/text";

/** One side of sentence pairs as a model file keeps it: how text becomes ids. Plain JSON. */
export type SideSettings = { readonly tokens: TokenizerJson; readonly vocabulary: TokenVocabularyJson };

/** One side, ready to use. */
export interface Side {
  readonly settings: SideSettings;
  readonly tokenizer: Tokenizer;
  readonly vocabulary: TokenVocabulary;
}

/** Throws DataError or OptionError for settings of which there is no tokenizer or vocabulary. */
export const sideOf = (settings: SideSettings): Side => ({
  settings,
  tokenizer: tokenizerFromJson(settings.tokens),
  vocabulary: tokenVocabularyFromJson(settings.vocabulary),
});

/** The ids of a text. */
export const idsOf = ({ tokenizer, vocabulary }: Side, text: string): Int32Array =>
  vocabulary.encode(tokenizer.encode(text));

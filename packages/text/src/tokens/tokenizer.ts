/** From a line of text to tokens and back. Any object of this shape is a tokenizer. */
export interface Tokenizer {
  /**
   * The text as the tokenizer keeps it: `decode(encode(text))` of any text, and what `decode` gives is such a text. A score
   * compares what a model says with references that went through this.
   */
  normalize(text: string): string;
  /** Tokens of a text, normalized or not. */
  encode(text: string): string[];
  /** The text of tokens, normalized. */
  decode(tokens: readonly string[]): string;
  /** What tokens are: whole words (default), pieces of them, or characters. */
  readonly unit?: "word" | "piece" | "character";
  /** Whole words of a text, and which of them each token is of. Default: every token is a word. */
  wordsOf?(tokens: readonly string[]): TokenWords;
}

/** The words that tokens are of. */
export interface TokenWords {
  /** As `words()` gives them: one that no space stands before begins with a joiner. */
  readonly words: readonly string[];
  /** For each token the index of its word; −1 for one between words. */
  readonly of: ArrayLike<number>;
}

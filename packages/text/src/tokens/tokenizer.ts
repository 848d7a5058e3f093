/** From a line of text to tokens and back. Anything of this shape can stand for a tokenizer. */
export interface Tokenizer {
  encode(text: string): string[];
  /** The text of tokens. White space comes out as single spaces, or none at the ends. */
  decode(tokens: readonly string[]): string;
}

/** Every Unicode code point is a token: for spelling, dates, and languages without spaces. */
export const characters = (): Tokenizer => ({
  encode: (text) => [...text],
  decode: (tokens) => tokens.join(""),
});

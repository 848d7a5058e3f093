import type { TokenizerJson, TokenVocabularyJson, VocabularyJson } from "@throughtime/text";

/** What a language model's text can be cut into. */
export const LM_TOKENS = ["characters", "words", "bpe"] as const;

/** How a text is cut, and what the tokens are; plain JSON, as a model file keeps it. */
export type LmTokensJson = {
  readonly settings: Exclude<TokenizerJson, { kind: "tagged" }>;
  readonly vocabulary: VocabularyJson | TokenVocabularyJson;
};

/** A text as ids, and how long it was. */
export interface Encoded {
  readonly ids: Int32Array;
  /** How many characters the tokens from one position to before another stand for, the spaces before words included. */
  characters(from: number, to: number): number;
}

/** Cuts a text that comes in pieces. */
export interface Encoder {
  /** Throws DataError for what the model does not know, where nothing stands for that. */
  push(piece: string): void;
  end(): Encoded;
}

/** What a language model reads and writes: characters, words or pieces of words, by number. */
export interface LmTokens {
  readonly json: LmTokensJson;
  /** V */
  readonly size: number;
  /** What one of them is called. */
  readonly unit: "character" | "word" | "piece";
  /** `name`: what messages call the text. */
  encoder(name: string): Encoder;
  /** Gives the text of ids as they come. */
  writer(): (id: number) => string;
  /** What a model reads before it writes, where nothing else is said: the end of a line. */
  readonly start: number;
  /** Ids that are in no text, so that a model is not to say them. */
  readonly never: readonly number[];
}

/** All of a text as ids. */
export async function encode(
  tokens: LmTokens,
  name: string,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<Encoded> {
  const encoder = tokens.encoder(name);
  for await (const piece of pieces) encoder.push(piece);
  return encoder.end();
}

/** The end of a line, as what a model reads first. */
export const startOf = ({ start }: LmTokens): Int32Array => Int32Array.of(start);

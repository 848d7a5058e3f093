import { CheckpointError } from "@throughtime/core";
import { TOKENIZERS, type Tokenizer, type TokenizerJson, tokenizerFromJson, wholeWords } from "@throughtime/text";

/** How a side of the pairs is cut into tokens. */
export const TOKENS = TOKENIZERS;

/** A tokenizer as a checkpoint keeps it. */
export type TokenSettings = TokenizerJson;

/** The tokenizer of settings. Throws CheckpointError for settings of another version. */
export function tokenizerOf(settings: TokenSettings): Tokenizer {
  try {
    return tokenizerFromJson(settings);
  } catch (cause) {
    throw new CheckpointError((cause as Error).message, {}, { cause });
  }
}

export const asTheyAre = wholeWords;

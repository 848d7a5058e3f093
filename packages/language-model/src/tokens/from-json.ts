import { CheckpointError, printable } from "@throughtime/core";
import { fromFile } from "@throughtime/task";
import { type TokenVocabularyJson, tokenVocabularyFromJson, vocabularyFromJson } from "@throughtime/text";
import { characterTokens } from "./characters.js";
import { LM_TOKENS, type LmTokens, type LmTokensJson } from "./tokens.js";
import { wordTokens } from "./words.js";

/** The tokens of a checkpoint. Throws CheckpointError where its JSON is not that of tokens. `path` is what messages call the file. */
export function tokensFromJson(json: unknown, path: string): LmTokens {
  const { settings, vocabulary } = (json ?? {}) as Partial<LmTokensJson>;
  if (!settings || !(LM_TOKENS as readonly unknown[]).includes(settings.kind)) {
    throw new CheckpointError(`${printable(path)}: it does not say how its text is cut into tokens.`, { path });
  }
  if (settings.kind === "characters") {
    const { symbols, unknown } = fromFile(path, "vocabulary", () => vocabularyFromJson(vocabulary));
    return characterTokens(symbols, unknown);
  }
  fromFile(path, "vocabulary", () => tokenVocabularyFromJson(vocabulary));
  return fromFile(path, "tokenizer", () => wordTokens(settings, vocabulary as TokenVocabularyJson));
}

import { CheckpointError, printable } from "@throughtime/core";
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
  try {
    if (settings.kind === "characters") {
      const { symbols, unknown } = vocabularyFromJson(vocabulary);
      return characterTokens(symbols, unknown);
    }
    tokenVocabularyFromJson(vocabulary);
    return wordTokens(settings, vocabulary as TokenVocabularyJson);
  } catch (cause) {
    throw new CheckpointError(`${printable(path)}: ${(cause as Error).message}`, { path }, { cause });
  }
}

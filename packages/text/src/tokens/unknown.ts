import { JOINER } from "./normalize.js";
import type { TokenVocabulary } from "./token-vocabulary.js";
import type { Tokenizer, TokenWords } from "./tokenizer.js";

/**
 * What may stand for an unknown token of the target: the source's words, whole however they were cut, as the target's
 * tokenizer would normalize them. From characters to characters it is the characters. `tokens`: the source's.
 */
export function sourceWords(source: Tokenizer, target: Tokenizer, tokens: readonly string[]): TokenWords {
  const alone = (): TokenWords => ({ words: tokens, of: Int32Array.from(tokens, (_, s) => s) });
  if (source.unit === "character" && target.unit === "character") return alone();
  const { words, of } = source.wordsOf?.(tokens) ?? alone();
  return { words: words.map((word) => copyOf(word, target)), of };
}

function copyOf(word: string, target: Tokenizer): string {
  const isMarked = word.startsWith(JOINER) && word !== JOINER;
  const copy = target.normalize(isMarked ? word.slice(JOINER.length) : word);
  return isMarked && target.unit !== "character" ? JOINER + copy : copy;
}

/**
 * Tokens in which each unknown one is replaced by the source's word that was looked at most when it was said, all its pieces
 * together: names and numbers mostly go over as they are. Luong et al. 2015, "Addressing the rare word problem in neural
 * machine translation". `attention`: for each id the weights over the source's tokens. `source`: see `sourceWords`.
 */
export function replaceUnknown(
  vocabulary: Pick<TokenVocabulary, "decode" | "unknown">,
  ids: readonly number[],
  attention: readonly ArrayLike<number>[],
  source: TokenWords,
): string[] {
  return vocabulary.decode(ids).map((token, t) => {
    const weights = attention[t];
    if (ids[t] !== vocabulary.unknown || weights === undefined) return token;
    return source.words[mostSeen(weights, source)] ?? token;
  });
}

/** The word that has most weight, and of equals the first; −1 where there is none. */
function mostSeen(weights: ArrayLike<number>, { words, of }: TokenWords): number {
  const seen = new Float64Array(words.length);
  for (let s = 0; s < of.length; s++) {
    const word = of[s] as number;
    if (word >= 0) seen[word] = (seen[word] as number) + (weights[s] as number);
  }
  return seen.reduce((best, weight, word) => (best < 0 || weight > (seen[best] as number) ? word : best), -1);
}

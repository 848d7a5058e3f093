import type { Backend } from "@throughtime/core";
import type { Hypothesis, LengthPenalty } from "@throughtime/decode";
import { translator } from "@throughtime/seq2seq";
import { replaceUnknown, sourceWords } from "@throughtime/text";
import type { Side } from "./description.js";
import type { Network } from "./network.js";

export interface TranslateSettings {
  /** How many hypotheses are followed. */
  readonly beam: number;
  readonly nBest: number;
  readonly lengthPenalty?: LengthPenalty;
  /** Sentences in a batch. */
  readonly batch: number;
  /** A text with more tokens is not translated: its translation is empty. Default: none is too long. */
  readonly longest?: number;
  /** "keep": an unknown word stays one. Default "replace": by the source's word that was looked at most. */
  readonly unknown?: "replace" | "keep";
}

/** One translation of a sentence. */
export interface Translation {
  readonly text: string;
  readonly score: number;
  readonly sourceTokens: readonly string[];
  readonly targetTokens: readonly string[];
  /** For each token of the target, and its end, the weights over the source's; absent without attention. */
  readonly attention?: readonly ArrayLike<number>[];
}

/** A trained translator on a backend. */
export interface TextTranslator {
  /** The n best translations of each text, in their order; one empty translation of a text without tokens, or with too many. */
  translate(texts: readonly string[], settings: TranslateSettings): Promise<readonly (readonly Translation[])[]>;
  release(): void;
}

/** A target may be this much longer than its source. */
const longestTarget = (sourceLength: number): number => 2 * sourceLength + 10;

/** `params`: the model's, on the host. */
export async function textTranslator(
  backend: Backend,
  { model, source, target }: { readonly model: Network; readonly source: Side; readonly target: Side },
  params: unknown,
): Promise<TextTranslator> {
  const { translate, release } = await translator(backend, model, params);
  const { begin, end, pad } = target.vocabulary;

  const finished = (
    tokens: readonly string[],
    { tokens: ids, score, attention }: Hypothesis,
    unknown: TranslateSettings["unknown"] = "replace",
  ): Translation => {
    const targetTokens =
      attention && unknown === "replace"
        ? replaceUnknown(target.vocabulary, ids, attention, sourceWords(source.tokenizer, target.tokenizer, tokens))
        : target.vocabulary.decode(ids);
    const text = target.tokenizer.decode(targetTokens);
    return { text, score, sourceTokens: tokens, targetTokens, ...(attention ? { attention } : {}) };
  };

  return {
    async translate(texts, { beam, nBest, batch, lengthPenalty, longest = Infinity, unknown }) {
      const tokens = texts.map((text) => source.tokenizer.encode(text));
      const found: (readonly Translation[])[] = [];
      const hypotheses = translate(
        tokens.map((words) => source.vocabulary.encode(words)),
        {
          ...{ begin, end, never: [pad, begin], size: beam, nBest, batch, longest, maxLength: longestTarget },
          ...(lengthPenalty ? { lengthPenalty } : {}),
        },
      );
      for await (const own of hypotheses) {
        const words = tokens[found.length] as string[];
        found.push(own.length === 0 ? [EMPTY] : own.map((hypothesis) => finished(words, hypothesis, unknown)));
      }
      return found;
    },
    release,
  };
}

const EMPTY: Translation = { text: "", score: 0, sourceTokens: [], targetTokens: [] };

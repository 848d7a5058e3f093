import {
  ArgumentError,
  type Backend,
  describe,
  OptionError,
  once,
  optionsOf,
  quote,
  ReleasedError,
} from "@throughtime/core";
import { type Hypothesis, wuPenalty } from "@throughtime/decode";
import { type Releasable, releasable } from "@throughtime/task";
import { replaceUnknown, sourceWords, type TextCodec } from "@throughtime/text";
import { gathered } from "../gather.js";
import { BATCHES, translator } from "../translator.js";
import type { Network } from "./network.js";

export interface TranslateTextOptions {
  /** The beam size; 1 is greedy. Default 5. */
  readonly beam?: number;
  /** Translations of each text, at most as many as the beam. Default 1. */
  readonly nBest?: number;
  /** α of Wu et al. 2016, section 7; 0: none, which favours short translations. Default 1. */
  readonly lengthPenalty?: number;
  /** Texts that are translated side by side. Default 32. */
  readonly batch?: number;
  /** A text with more tokens is not translated. Default 1000. */
  readonly longest?: number;
  /** "keep": an unknown word stays `<unk>`. Default "replace": by the source's word that was attended to most, where there is attention. */
  readonly unknown?: "replace" | "keep";
  /** Aborted where no more is wanted: the iteration throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One way to translate a text. */
export interface Translated {
  readonly text: string;
  /** ln p of its words, divided by the length penalty. */
  readonly score: number;
  readonly targetTokens: readonly string[];
  /** For each token of the target, and its end, the weights over the source's; absent without attention. */
  readonly attention?: readonly ArrayLike<number>[];
}

/** The best translation of a text. A text without tokens, or with too many, has an empty one. */
export interface Translation extends Translated {
  /** The text that was translated. */
  readonly source: string;
  readonly sourceTokens: readonly string[];
  /** Whether the text has more tokens than `longest`. */
  readonly tooLong: boolean;
  /** The next best ones, where `nBest` is more than 1. */
  readonly alternatives: readonly Translated[];
}

/** A trained translator on a backend. */
export interface TextTranslator extends Releasable {
  /**
   * The translation of each text, in their order. Texts may come over time: those that are there are translated side by side, of like
   * length together, and none waits for more than a moment for others. Throws OptionError for options out of range, ArgumentError for
   * what are no texts.
   */
  translate(
    texts: Iterable<string> | AsyncIterable<string>,
    options?: TranslateTextOptions,
  ): AsyncGenerator<Translation, void, undefined>;
}

/** What a translator is put together from. */
export interface TranslatorParts {
  readonly model: Network;
  readonly source: TextCodec;
  readonly target: TextCodec;
}

const OPTIONS = ["beam", "nBest", "lengthPenalty", "batch", "longest", "unknown", "signal"] as const;

/** A translation may be this much longer than its source. */
const longestTarget = (sourceLength: number): number => 2 * sourceLength + 10;

/** A translator of texts. `params`: the model's, on the host or on the backend. */
export async function textTranslator(
  backend: Backend,
  { model, source, target }: TranslatorParts,
  params: unknown,
): Promise<TextTranslator> {
  const { translate, release } = await translator(backend, model, params);
  const { begin, end, pad } = target.vocabulary;

  const finished = (
    tokens: readonly string[],
    { tokens: ids, score, attention }: Hypothesis,
    unknown: TranslateTextOptions["unknown"],
  ): Translated => {
    const targetTokens =
      attention && unknown === "replace" && ids.includes(target.vocabulary.unknown)
        ? replaceUnknown(target.vocabulary, ids, attention, sourceWords(source.tokenizer, target.tokenizer, tokens))
        : target.vocabulary.decode(ids);
    return { text: target.tokenizer.decode(targetTokens), score, targetTokens, ...(attention ? { attention } : {}) };
  };

  async function* translations(texts: Texts, settings: ReturnType<typeof settingsOf>) {
    const { beam, lengthPenalty, unknown, ...how } = settings;
    const search = {
      ...{ ...how, begin, end, never: [pad, begin], size: beam, maxLength: longestTarget },
      lengthPenalty: wuPenalty(lengthPenalty),
    };
    let read = 0;
    for await (const group of gathered(texts, BATCHES * how.batch, how.signal)) {
      for (const text of group) requireText(text, read++);
      const tokens = group.map((text) => source.tokenizer.encode(text));
      const ids = tokens.map((words) => source.vocabulary.encode(words));
      let at = 0;
      for await (const hypotheses of translate(ids, search)) {
        const [text, sourceTokens] = [group[at] as string, tokens[at] as readonly string[]];
        at++;
        const found = hypotheses.map((hypothesis) => finished(sourceTokens, hypothesis, unknown));
        const [best = EMPTY, ...alternatives] = found;
        const tooLong = sourceTokens.length > how.longest;
        yield { ...best, source: text, sourceTokens, tooLong, alternatives };
      }
    }
  }

  let released = false;
  return releasable(
    {
      translate(texts: Texts, options: TranslateTextOptions = {}) {
        if (released) throw new ReleasedError("translate: this translator was released. Load it again.");
        requireTexts(texts);
        return once(
          translations(texts, settingsOf(options)),
          "translate: this was iterated over before, and texts are translated once. Call translate() again.",
        );
      },
    },
    () => {
      released = true;
      release();
    },
  );
}

type Texts = Iterable<string> | AsyncIterable<string>;

/** A string is an iterable of its characters, which nobody means. */
function requireTexts(texts: Texts): void {
  const isIterable = typeof texts === "object" && texts !== null;
  if (isIterable && (Symbol.iterator in texts || Symbol.asyncIterator in texts)) return;
  throw new ArgumentError(
    `translate: the texts are ${describe(texts)}; expected a list of texts, or another iterable of them. One text is [text].`,
  );
}

function requireText(text: string, at: number): void {
  if (typeof text === "string") return;
  throw new ArgumentError(`translate: text ${at} is ${describe(text)}; expected a string.`);
}

function settingsOf(options: TranslateTextOptions) {
  const {
    beam = 5,
    nBest = 1,
    lengthPenalty = 1,
    batch = 32,
    longest = 1000,
    unknown = "replace",
    signal,
  } = optionsOf("translate", options, ...OPTIONS);
  if (unknown !== "replace" && unknown !== "keep") {
    throw new OptionError(`translate: unknown must be "replace" or "keep", received ${quote(unknown)}.`);
  }
  for (const [name, value] of Object.entries({ beam, nBest, batch, longest })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new OptionError(`translate: ${name} must be a whole number from 1, received ${value}.`, { [name]: value });
  }
  if (nBest > beam) {
    throw new OptionError(`translate: nBest ${nBest} is more than a beam of ${beam} finds. Widen the beam.`, {
      nBest,
      beam,
    });
  }
  return { beam, nBest, lengthPenalty, batch, longest, unknown, signal };
}

const EMPTY: Translated = { text: "", score: 0, targetTokens: [] };

import {
  ArgumentError,
  type Backend,
  describe,
  type NdArray,
  ndarray,
  OptionError,
  optionsOf,
  requireInRange,
  type Tensor,
  type,
} from "@throughtime/core";
import { type BeamSearchOptions, beamSearcher, type Hypothesis } from "@throughtime/decode";
import { gathered } from "./gather.js";
import type { Encoded, Seq2Seq } from "./model.js";

/** A source's words, as ids of the source's vocabulary. */
export type SourceIds = ArrayLike<number>;

/** What is asked of a search: what `beamSearch` takes beside the model, and how many sources go together. */
export interface TranslateOptions
  extends Omit<BeamSearchOptions<unknown>, "step" | "state" | "sequences" | "maxLength"> {
  /** Words that a target has at most, its end not counted: a number, or what the source's number of words gives. */
  readonly maxLength: number | ((sourceLength: number) => number);
  /** Sources that are searched for side by side. Default 32. */
  readonly batch?: number;
  /** A source with more words is not searched for. Default: none is too long. */
  readonly longest?: number;
  /** Aborted where no more is wanted: the iteration then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A model that writes, on a backend. */
export interface Translator {
  /**
   * The n best targets of each source, the best first, in the order of the sources; none of a source without words, or with more
   * than `longest`. Sources may come over time: those that are there are searched for together, of like length side by side, so that
   * little of a batch is padding, and none waits for more than a moment for others. An attention's weights are as many as the source has words.
   *
   * The iteration throws ArgumentError and OptionError for options that make no sense, DataError for a source that is no list of
   * ids in [0, V), and what `beamSearch` throws.
   */
  translate(
    sources: Iterable<SourceIds> | AsyncIterable<SourceIds>,
    options: TranslateOptions,
  ): AsyncGenerator<readonly Hypothesis[], void, undefined>;
  /** Frees what was compiled and the parameters that were put on the backend. */
  release(): void;
}

const OPTIONS = [
  ...(["begin", "end", "size", "maxLength", "minLength", "lengthPenalty", "noRepeat", "never", "nBest"] as const),
  ...(["stopping", "batch", "longest", "signal"] as const),
];

/** How many batches are sorted by length together. */
export const BATCHES = 16;

/**
 * Compiles a model for beam search. Its parameters, its memories of the sources and its states stay on the backend, where a
 * step gathers the rows that go on; only ln p of the next words and the attention come to the host. `params`: a tree on the
 * host, or on the backend. Batches and beams of every size share the same Programs.
 *
 * @example
 * const { translate, release } = await translator(backend, model, params);
 * for await (const [best] of translate([[4, 9, 7], [8]], { begin: 1, end: 2, maxLength: 50 })) console.log(best?.tokens);
 */
export async function translator<P, S, N>(
  backend: Backend,
  model: Seq2Seq<P, S, N>,
  params: unknown,
): Promise<Translator> {
  const { search, release } = await beamSearcher(
    backend,
    {
      inputs: { source: type(["S", "B"], "i32"), lengths: type(["B"], "i32") },
      begin: (p: P, { source, lengths }: { source: Tensor; lengths: Tensor }): Encoded<S> =>
        model.encode(p, source, lengths),
      step: (p: P, encoded: Encoded<S>, word) => model.step(p, encoded, word),
    },
    params,
  );

  /** Searches for the targets of sources side by side. */
  const searchFor = async (sources: readonly SourceIds[], { maxLength, ...options }: Search) => {
    const most = sources.map(({ length }) => (typeof maxLength === "number" ? maxLength : maxLength(length)));
    const found = await search(sideBySide(sources), { ...options, maxLength: most, sequences: sources.length });
    return found.map((hypotheses, i) => hypotheses.map((one) => narrowed(one, (sources[i] as SourceIds).length)));
  };

  return {
    async *translate(sources, options) {
      const { batch = 32, longest = Infinity, signal, ...how } = optionsOf("translate", options, ...OPTIONS);
      requireCount("batch", batch);
      if (longest !== Infinity) requireCount("longest", longest);
      let read = 0;
      for await (const group of gathered(sources, BATCHES * batch, signal)) {
        for (const ids of group) requireIds(ids, read++, model.sourceVocabularySize);
        const found: (readonly Hypothesis[] | undefined)[] = group.map(({ length }) =>
          length > 0 && length <= longest ? undefined : [],
        );
        const order = group.flatMap(({ length }, i) => (found[i] ? [] : [{ length, i }]));
        order.sort((a, b) => a.length - b.length);
        let [searched, said] = [0, 0];
        while (said < group.length) {
          const next = found[said];
          if (next) {
            said++;
            yield next;
            continue;
          }
          signal?.throwIfAborted();
          const rows = order.slice(searched, searched + batch);
          searched += batch;
          const targets = await searchFor(
            rows.map(({ i }) => group[i] as SourceIds),
            how,
          );
          rows.forEach(({ i }, row) => {
            found[i] = targets[row] as readonly Hypothesis[];
          });
        }
      }
    },
    release,
  };
}

type Search = Omit<TranslateOptions, "batch" | "longest" | "signal">;

/** Sources as an i32 [S, B], and how many words each has: i32 [B]. What stands past an end is never read. */
function sideBySide(sources: readonly SourceIds[]): { readonly source: NdArray; readonly lengths: NdArray } {
  const B = sources.length;
  const lengths = Int32Array.from(sources, ({ length }) => length);
  const S = lengths.reduce((a, b) => Math.max(a, b), 0);
  const data = new Int32Array(S * B);
  sources.forEach((ids, b) => {
    for (let s = 0; s < ids.length; s++) data[s * B + b] = ids[s] as number;
  });
  return { source: ndarray(data, { shape: [S, B] }), lengths: ndarray(lengths) };
}

/** A hypothesis that looked at its own source alone, not at what fills up the batch. */
const narrowed = ({ attention, ...rest }: Hypothesis, length: number): Hypothesis =>
  attention ? { ...rest, attention: attention.map((weights) => weights.subarray(0, length)) } : rest;

function requireIds(ids: SourceIds, at: number, V: number): void {
  const op = `translate: source ${at}`;
  if (typeof ids !== "object" || typeof ids?.length !== "number") {
    throw new ArgumentError(`${op} is ${describe(ids)}; expected a list of ids.`);
  }
  requireInRange({ op, noun: "word" }, ids, V);
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new OptionError(`translate: ${name} must be an integer ≥ 1, received ${value}.`, { [name]: value });
}

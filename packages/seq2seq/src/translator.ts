import {
  ArgumentError,
  type Backend,
  compile,
  type DeviceArray,
  type DimNames,
  describe,
  dimKey,
  flattenTree,
  gather,
  isDeviceArray,
  isSymbolic,
  isTensor,
  logSoftmax,
  mapTree,
  type NdArray,
  ndarray,
  OptionError,
  optionsOf,
  putOnBackend,
  release,
  requireInRange,
  type Tensor,
  trace,
  type,
  unflattenTree,
} from "@throughtime/core";
import { type BeamSearchOptions, type BeamStep, beamSearch, type Hypothesis } from "@throughtime/decode";
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
  const placed = await putOnBackend(backend, params);
  const read = compile(
    backend,
    (p: unknown, source: Tensor, lengths: Tensor) => model.encode(p as P, source, lengths),
    { dims: [null, ["S", "B"], ["B"]] },
  );
  const { memory, state } = leafDims(model, placed.tree);
  const step = compile(
    backend,
    (before: unknown, p: unknown, known: unknown, tokens: Tensor, parents: Tensor) => {
      const encoded = { memory: known, state: rows(before, parents) } as Encoded<S>;
      const { logits, state: next, weights } = model.step(p as P, encoded, tokens);
      return { state: next, logProbabilities: logSoftmax(logits), weights };
    },
    { donate: 0, dims: [state("B"), null, memory("R"), ["R"], ["R"]] },
  );
  const move = compile(backend, (known: unknown, parents: Tensor) => rows(known, parents), {
    donate: 0,
    dims: [memory("B"), ["R"]],
  });

  /** Searches for the targets of sources side by side. */
  const search = async (sources: readonly SourceIds[], { maxLength, ...options }: Search) => {
    // What is on the backend at this moment; a step that fails may have consumed some of it.
    let held: Held = { memory: {}, state: {} };
    const beamStep: BeamStep<null> = async (_, { tokens, parents, sameSources }) => {
      const [ids, from] = [ndarray(tokens), ndarray(parents)];
      // A decoder without attention remembers nothing of its source.
      const moves = !sameSources && flattenTree(held.memory, isDeviceArray).leaves.length > 0;
      if (moves) held = { ...held, memory: await move(held.memory, from) };
      const result = await step(held.state, placed.tree, held.memory, ids, from);
      held = { ...held, state: result.state };
      const logProbabilities = (await take(backend, result.logProbabilities)) as Float32Array;
      if (result.weights === undefined) return { state: null, logProbabilities };
      return { state: null, logProbabilities, attention: (await take(backend, result.weights)) as Float32Array };
    };
    const most = sources.map(({ length }) => (typeof maxLength === "number" ? maxLength : maxLength(length)));
    try {
      const { source, lengths } = sideBySide(sources);
      held = await read(placed.tree, source, lengths);
      const sequences = sources.length;
      const found = await beamSearch({ ...options, maxLength: most, step: beamStep, state: null, sequences });
      return found.map((hypotheses, i) => hypotheses.map((one) => narrowed(one, (sources[i] as SourceIds).length)));
    } finally {
      release(backend, held);
    }
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
          const targets = await search(
            rows.map(({ i }) => group[i] as SourceIds),
            how,
          );
          rows.forEach(({ i }, row) => {
            found[i] = targets[row] as readonly Hypothesis[];
          });
        }
      }
    },
    release() {
      for (const compiled of [read, step, move]) compiled.release();
      placed.release();
    },
  };
}

type Search = Omit<TranslateOptions, "batch" | "longest" | "signal">;

interface Held {
  readonly memory: unknown;
  readonly state: unknown;
}

/** The rows of every leaf that go on: [B, …] → [R, …]. */
const rows = (tree: unknown, parents: Tensor): unknown => mapTree(tree, isTensor, (leaf) => gather(leaf, parents));

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

async function take(backend: Backend, array: DeviceArray): Promise<NdArray["data"]> {
  const { data } = await backend.download(array);
  backend.release(array);
  return data;
}

/** The names of the axes of a model's memory and state, with another name for their rows. */
function leafDims<P, S, N>(model: Seq2Seq<P, S, N>, params: unknown) {
  const { program, outputStructure } = trace(
    (p: unknown, source: Tensor, lengths: Tensor) => model.encode(p as P, source, lengths),
    [params, type(["S", "B"], "i32"), type(["B"], "i32")],
  );
  const named = (row: string) => {
    const names = program.outputs.map(({ shape }) =>
      shape.map((d) => (!isSymbolic(d) ? null : dimKey(d) === "B" ? row : dimKey(d))),
    );
    return unflattenTree(outputStructure, names) as { memory: DimNames; state: DimNames };
  };
  return { memory: (row: string) => named(row).memory, state: (row: string) => named(row).state };
}

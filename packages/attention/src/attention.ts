import {
  ArgumentError,
  add,
  type Dim,
  describe,
  dimKey,
  expandDims,
  type Key,
  type MapTree,
  matmul,
  minimum,
  type NdArray,
  requireFunction,
  ShapeError,
  select,
  softmax,
  squeeze,
  sum,
  type Tensor,
  transpose,
  typeText,
  zeros,
} from "@throughtime/core";
import { liveEntries } from "@throughtime/nn";
import type { Score } from "./score.js";

/** A memory prepared for attention: all that does not depend on the query. Every leaf is [B, …]. */
export type AttentionMemory = {
  /** What the score compares with queries: [B, S, K]. */
  keys: Tensor;
  /** What contexts are made of: [B, S, M]. */
  values: Tensor;
  /** Which entries belong to their sequence: bool [B, S]. Absent where all are S long. */
  live?: Tensor;
};

/** What attention carries from step to step: the sums of its weights so far [B, S], where the score reads them. */
export type AttentionState = { coverage?: Tensor };

export interface Attended {
  /** Σ_s weight_s · memory_s: [B, M]. */
  readonly context: Tensor;
  /** The weight of each entry: [B, S]. They sum to 1, and are exactly 0 past a sequence's end; for a length of 0, all are 0. */
  readonly weights: Tensor;
  readonly state: AttentionState;
}

/** Attention with a score: a plain value that holds no parameters. */
export interface Attention<P> {
  readonly name: string;
  readonly querySize: number;
  readonly memorySize: number;
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): MapTree<P, Tensor, NdArray>;
  /**
   * Called once for a sequence. memory: [S, B, M], an encoder's outputs, time first; lengths: i32 [B], each in [0, S]. What
   * memory holds past a sequence's end, NaN too, changes no value and no gradient.
   */
  prepare(params: P, memory: Tensor, lengths?: Tensor): AttentionMemory;
  /** The state before the first step. */
  initialState(memory: AttentionMemory): AttentionState;
  /** One step. query: [B, Q]. */
  attend(params: P, query: Tensor, memory: AttentionMemory, state?: AttentionState): Attended;
}

/**
 * Attention over a memory: a score gives each entry a weight, and the context is the weighted mean. Bahdanau, Cho & Bengio 2015,
 * "Neural machine translation by jointly learning to align and translate", equations 5 and 6.
 *
 *     weights = softmax_s(score(query, memory_s))      context = Σ_s weights_s · memory_s
 *
 * `prepare` and `attend` throw ShapeError where memory or query are not of the score's sizes, and DataError on evaluation
 * where a length is not in [0, S].
 *
 * @example
 * const attend = attention(additive({ querySize: 128, memorySize: 256 }));
 * const memory = attend.prepare(params, outputs, lengths); // once
 * const { context, weights } = attend.attend(params, h, memory); // at every step
 */
export function attention<P>(score: Score<P>): Attention<P> {
  requireFunction("attention: the score's score()", score?.score);
  const { name, querySize, memorySize } = score;
  const covers = score.coverage === "sum";
  const initialState = ({ keys }: AttentionMemory): AttentionState =>
    covers ? { coverage: zeros(keys.shape.slice(0, 2)) } : {};
  return {
    name,
    querySize,
    memorySize,
    init: (key) => score.init(key),
    initialState,
    prepare(params, memory, lengths) {
      if (memory.shape.length !== 3 || memory.shape[2] !== memorySize) {
        throw new ShapeError(
          `attention: memory is ${typeText(memory)}; ${name} was built for [S, B, ${memorySize}], time first. Build it with memorySize: ${dimKey(memory.shape.at(-1) ?? 0)}.`,
          { score: name, expected: memorySize, received: memory.shape },
        );
      }
      const live = lengths && liveEntries("attention", memory.shape[0] as Dim, lengths); // [S, B]
      const read = live ? select(expandDims(live, { axis: 2 }), memory, 0) : memory;
      const values = transpose(read, [1, 0, 2]); // [B, S, M]
      const keys = score.keys(params, values);
      return live ? { keys, values, live: transpose(live, [1, 0]) } : { keys, values };
    },
    attend(params, query, memory, state = initialState(memory)) {
      if (query.shape.length !== 2 || query.shape[1] !== querySize) {
        throw new ShapeError(
          `attention: the query is ${typeText(query)}; ${name} was built for [B, ${querySize}]. Build it with querySize: ${dimKey(query.shape.at(-1) ?? 0)}.`,
          { score: name, expected: querySize, received: query.shape },
        );
      }
      const { coverage } = state;
      const scores = score.score(params, query, memory.keys, coverage); // [B, S]
      const weights = memory.live ? liveSoftmax(memory.live, scores) : softmax(scores); // [B, S]
      const context = squeeze(matmul(expandDims(weights, { axis: 1 }), memory.values), { axis: 1 }); // [B, M]
      return { context, weights, state: coverage ? { coverage: add(coverage, weights) } : {} };
    },
  };
}

/** Throws ArgumentError unless a value is an attention. */
export function requireAttention(place: string, value: unknown): void {
  if (typeof (value as Partial<Attention<unknown>> | null | undefined)?.attend === "function") return;
  throw new ArgumentError(
    `${place} is ${describe(value)}; expected one, as attention(additive({ querySize, memorySize })) makes.`,
  );
}

/** softmax over the entries that belong to their sequence; 0, with a gradient of 0, where a sequence has none. */
const liveSoftmax = (live: Tensor, scores: Tensor): Tensor =>
  select(live, softmax(select(live, scores, Number.NEGATIVE_INFINITY)), 0);

/**
 * The coverage loss Σ_s min(weights_s, coverage_s) of one step: it penalizes attending to the same entry again, so that a
 * decoder repeats itself less.
 * See, Liu & Manning 2017, "Get to the point", equation 12. weights and the coverage before the step: [B, S] → [B].
 */
export const coverageLoss = (weights: Tensor, coverage: Tensor): Tensor =>
  sum(minimum(weights, coverage), { axis: -1 });

import { type DimNames, foldIn, type Key, optionsOf } from "@throughtime/core";
import { requireInteger } from "./check.js";
import type { Json } from "./json.js";
import type { Source } from "./source.js";
import type { LossInputs, LossResult, StepDims } from "./steps/contract.js";
import type { Symbolic } from "./trees.js";

/** `P` are the parameters as the loss sees them, tensors; `B`, `C`, `N` are trees of host data. */
export interface OverlappingOptions<P, B, C, N> {
  /** Chunks of k1 steps that continue each other. */
  readonly source: Source<B>;
  readonly loss: (params: P, inputs: LossInputs<B, C, N>) => LossResult<C>;
  readonly noise?: (key: Key, batch: B) => N;
  readonly dims?: StepDims;
  /** How many chunks the gradient flows through: k2 / k1. With 1 this is plain truncation. */
  readonly chunks: number;
}

/** What goes into `train` in place of what was wrapped. */
export interface Overlapping<P, B, C, N> {
  readonly source: Source<readonly B[]>;
  readonly loss: (params: P, inputs: LossInputs<readonly B[], C, readonly N[]>) => LossResult<C>;
  readonly noise?: (key: Key, batch: readonly B[]) => readonly N[];
  readonly dims: StepDims;
}

/**
 * Truncated backpropagation through time as BPTT(k2; k1) (Williams & Peng 1990): after every k1 steps the loss of these
 * is propagated back through k2 steps. The source gives chunks of k1 steps; a step of training runs over a window of the
 * last k2 / k1 of them, counts the loss of the newest, and carries the state at the window's own beginning to the next.
 * In the first windows of a pass there is less to go back through. A step costs about `chunks` times as much.
 *
 * @example train({ ...overlapping({ source, loss, chunks: 4 }), carry, params, … })
 */
export function overlapping<P, B, C, N>(options: OverlappingOptions<P, B, C, N>): Overlapping<P, B, C, N> {
  const { source, loss, noise, dims, chunks } = optionsOf(
    "overlapping",
    options,
    "source",
    "loss",
    "noise",
    "dims",
    "chunks",
  );
  requireInteger("overlapping", "chunks", chunks, 1);
  const repeated = (names: DimNames): DimNames => Array<DimNames>(chunks).fill(names);
  return {
    source: windows(source, chunks),
    loss: (params, inputs) => {
      type Inputs = LossInputs<B, C, N>;
      const window = inputs.batch as readonly Inputs["batch"][];
      const noiseOf = (i: number): Inputs["noise"] =>
        inputs.noise === "none" ? "none" : (inputs.noise as readonly Inputs["noise"][] | undefined)?.[i];
      const results: LossResult<C>[] = [];
      for (const [i, batch] of window.entries()) {
        const carry = i === 0 ? inputs.carry : (results[i - 1]?.carry as Symbolic<C>);
        results.push(loss(params, { batch, carry, noise: noiseOf(i) }));
      }
      const newest = results.at(-1) as LossResult<C>;
      // A window that is not full yet begins where it began.
      return { ...newest, carry: window.length < chunks ? inputs.carry : (results[0]?.carry as Symbolic<C>) };
    },
    ...(noise && { noise: (key, batch) => batch.map((chunk, i) => noise(foldIn(key, i), chunk)) }),
    dims: {
      ...dims,
      ...(dims?.batch && { batch: repeated(dims.batch) }),
      ...(dims?.noise && { noise: repeated(dims.noise) }),
    },
  };
}

type Cursor = {
  /** Where the chunks before begin that still belong to the next window. */
  readonly held: readonly Json[];
  readonly next: Json;
};

function windows<B>(source: Source<B>, chunks: number): Source<readonly B[]> {
  return {
    start: { held: [], next: source.start } satisfies Cursor,
    ...(source.stepsPerEpoch !== undefined && { stepsPerEpoch: source.stepsPerEpoch }),
    async next(cursor) {
      const { held, next } = cursor as Cursor;
      const newest = await source.next(next);
      if (!newest) return null;
      const before = newest.reset ? [] : held;
      const read = await Promise.all(before.map((at) => source.next(at)));
      const after: Cursor = { held: [...before, next].slice(chunks > 1 ? 1 - chunks : 1), next: newest.cursor };
      const batch = [...read.flatMap((chunk) => (chunk ? [chunk.batch] : [])), newest.batch];
      return { ...newest, batch, cursor: after };
    },
  };
}

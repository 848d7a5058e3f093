import { optionsOf, requireFunction } from "@throughtime/core";
import { requireInteger } from "./check.js";
import type { Json } from "./json.js";

/** One batch and where the next one begins. */
export interface Batch<B> {
  /** A tree of host data. */
  readonly batch: B;
  /** What `next` takes to give the batch after this one. */
  readonly cursor: Json;
  /** Whether the carried state must start anew before this batch: it does not continue the one before. */
  readonly reset?: boolean;
  /** Which pass over the data this batch belongs to, from 0. */
  readonly epoch: number;
  /** What this batch weighs in means over batches, and what throughput counts: its number of tokens or examples. */
  readonly units: number;
}

/**
 * Where batches come from. `next` is a pure function of the cursor, so that a training which is resumed sees the very
 * batches that it would have seen. null says that there are no more.
 */
export interface Source<B> {
  readonly start: Json;
  next(cursor: Json): Promise<Batch<B> | null>;
  readonly stepsPerEpoch?: number;
}

export interface SourceOptions<B> {
  readonly stepsPerEpoch: number;
  /** Batch `index` of pass `epoch`; a pure function of both. */
  batchAt(index: number, epoch: number): B | Promise<B>;
  /** A batch's number of tokens or examples. Default: 1 for every batch. */
  units?(batch: B): number;
}

/**
 * A source of batches that a function makes; it goes on for ever, and the carried state starts anew in every pass. Throws
 * OptionError where stepsPerEpoch is no integer of at least 1.
 *
 * @example sourceOf({ stepsPerEpoch: batches.length, batchAt: (i) => batches[i] })
 */
export function sourceOf<B>(options: SourceOptions<B>): Source<B> {
  const {
    stepsPerEpoch,
    batchAt,
    units = () => 1,
  } = optionsOf("sourceOf", options, "stepsPerEpoch", "batchAt", "units");
  requireInteger("sourceOf", "stepsPerEpoch", stepsPerEpoch, 1);
  requireFunction("sourceOf: batchAt", batchAt);
  requireFunction("sourceOf: units", units);
  return {
    start: 0,
    stepsPerEpoch,
    async next(cursor) {
      const position = cursor as number;
      const index = position % stepsPerEpoch;
      const epoch = Math.floor(position / stepsPerEpoch);
      const batch = await batchAt(index, epoch);
      return { batch, cursor: position + 1, reset: index === 0, epoch, units: units(batch) };
    },
  };
}

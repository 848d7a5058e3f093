import { DataError, foldIn, type Key, optionsOf, requireFunction, requireList, shuffled } from "@throughtime/core";
import { requireInteger } from "./check.js";
import type { Source } from "./source.js";

export interface BatchesOptions<E, B> {
  /** Examples in a batch; the last of a pass may have fewer. */
  readonly batch: number;
  /** Makes a batch of examples: their arrays side by side. */
  collate(examples: readonly E[]): B;
  /** What the order of each pass is drawn from. Default: the examples come as they stand, as for validation. */
  readonly key?: Key | undefined;
  /** What the loss is a mean of: a batch's number of tokens. Default: its number of examples. */
  units?(batch: B): number;
}

/**
 * A source of examples that are all in memory: each pass has each of them once, and is a pure function of its number. It goes on for
 * ever. Throws OptionError for a batch that is not an integer of at least 1, DataError where there are no examples.
 *
 * @example batchesOf(images, { batch: 32, key: key(1), collate: (some) => ({ x: ndarray(some.map(({ pixels }) => pixels)) }) })
 */
export function batchesOf<E, B>(
  examples: readonly E[],
  options: BatchesOptions<E, B>,
): Source<B> & { readonly stepsPerEpoch: number } {
  const { batch: size, collate, key, units } = optionsOf("batchesOf", options, "batch", "collate", "key", "units");
  requireList("batchesOf: the examples", examples);
  requireInteger("batchesOf", "batch", size, 1);
  requireFunction("batchesOf: collate", collate);
  if (examples.length === 0) throw new DataError("batchesOf: there are no examples. Give it at least one.");
  const stepsPerEpoch = Math.ceil(examples.length / size);
  let pass: { readonly epoch: number; readonly order: readonly E[] } | undefined;
  const orderOf = (epoch: number): readonly E[] => {
    if (key === undefined) return examples;
    if (pass?.epoch !== epoch) pass = { epoch, order: shuffled(examples, foldIn(key, epoch)) };
    return pass.order;
  };
  return {
    start: 0,
    stepsPerEpoch,
    async next(cursor) {
      const position = cursor as number;
      const [index, epoch] = [position % stepsPerEpoch, Math.floor(position / stepsPerEpoch)];
      const some = orderOf(epoch).slice(index * size, (index + 1) * size);
      const batch = collate(some);
      return { batch, cursor: position + 1, reset: index === 0, epoch, units: units ? units(batch) : some.length };
    },
  };
}

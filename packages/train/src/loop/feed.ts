import { foldIn, type Key } from "@throughtime/core";
import { requireBatch, requireData } from "../border.js";
import type { Json } from "../json.js";
import type { TrainOptions } from "../options.js";
import type { Source } from "../source.js";
import type { Item } from "../steps/contract.js";
import type { AnyTree } from "../trees.js";

/** All that one training step needs from the host. */
export interface Work {
  /** Which update this is, from 1. */
  readonly step: number;
  readonly items: readonly Item[];
  readonly units: number;
  /** The pass that the step's last batch belongs to, from 0. */
  readonly epoch: number;
  /** Where the step after this one goes on. */
  readonly cursor: Json;
}

/** Why there is no further step: enough steps, enough passes, or a source that has no more. */
export type Exhausted = "steps" | "epochs" | "data";

export interface FeedOptions {
  readonly source: Source<unknown>;
  readonly noise?: ((key: Key, batch: unknown) => AnyTree) | undefined;
  readonly rollout?: TrainOptions<unknown, unknown>["rollout"] | undefined;
  readonly key: Key;
  readonly steps: number;
  readonly epochs: number;
  readonly accumulate: number;
}

/** Fetches the batches of a step and draws its noise: a pure function of step and cursor. */
export async function prepare(options: FeedOptions, step: number, from: Json): Promise<Work | Exhausted> {
  if (step > options.steps) return "steps";
  // Lets the step that was just dispatched get going before host work begins.
  await nextTurn();
  const items: Item[] = [];
  let units = 0;
  let epoch = 0;
  let cursor = from;
  let why: Exhausted = "data";
  while (items.length < options.accumulate) {
    const next = await options.source.next(cursor);
    requireBatch("train", next);
    if (next && next.epoch >= options.epochs) why = "epochs";
    if (!next || next.epoch >= options.epochs) break;
    const { batch, reset = false } = next;
    const stepKey = foldIn(options.key, step);
    const key = options.accumulate === 1 ? stepKey : foldIn(stepKey, items.length);
    // What a rollout makes of the batch has noise of its own.
    const noise = options.rollout ? undefined : drawn(options, key, batch);
    items.push({ key, batch, noise, units: next.units, reset });
    units += next.units;
    ({ cursor, epoch } = next);
  }
  return items.length === 0 ? why : { step, items, units, epoch, cursor };
}

/** What is random in the rollout of a batch is not what is in its noise. */
const ROLLOUT = 0x726f6c6c;

/** The batches of a step as the loss gets them, with the newest parameters: as they are, unless there is a rollout. */
export async function rolledOut(
  options: Pick<FeedOptions, "rollout" | "noise">,
  items: readonly Item[],
  params: AnyTree,
): Promise<readonly Item[]> {
  const { rollout } = options;
  if (!rollout) return items;
  const made: Item[] = [];
  for (const item of items) {
    const batch = await rollout(params, item.batch, foldIn(item.key, ROLLOUT));
    requireData("train: what the rollout made of the batch", batch);
    made.push({ ...item, batch, noise: drawn(options, item.key, batch) });
  }
  return made;
}

function drawn({ noise }: Pick<FeedOptions, "noise">, key: Key, batch: unknown): AnyTree {
  const masks = noise?.(key, batch);
  if (masks !== undefined) requireData("train: noise", masks);
  return masks;
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => (typeof setImmediate === "function" ? setImmediate(resolve) : setTimeout(resolve)));

import { CheckpointError, OptionError } from "@throughtime/core";
import {
  type Checkpoint,
  type CheckpointStore,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
  LAST,
} from "@throughtime/train";
import { headerOf, type Saved } from "../model-file.js";
import { flagOf, type Options } from "../options.js";
import type { AnyTask } from "../task.js";
import type { TrainingValues } from "../training-options.js";
import { type Length, lengthOf } from "./settings.js";
import { requireTrainedWith } from "./trained-with.js";

/**
 * Throws OptionError for an option that was given and is not as something that was trained before has it. `has`: its options. `rule`:
 * why it must be.
 */
export function requireSame(
  all: Options,
  values: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
  has: Readonly<Record<string, unknown>>,
  what: string,
  rule: string,
): void {
  for (const [name, { free }] of Object.entries(all)) {
    const [asked, own] = [values[name], has[name] ?? undefined];
    if (free || !isGiven(name) || own === asked) continue;
    const why = own === undefined ? `${what} has none` : `${what} has ${own}`;
    throw new OptionError(
      `${flagOf(name)} ${asked}: ${why}, and ${rule}. Leave it out, or train anew in another folder.`,
    );
  }
}

/**
 * How long a training is that goes on: as it was, or as --steps or --epochs say now. Throws OptionError where it has made more
 * steps already.
 */
export function lengthNow(
  before: Length,
  { steps, epochs }: Pick<TrainingValues, "steps" | "epochs">,
  { made, stepsPerEpoch, folder }: { readonly made: number; readonly stepsPerEpoch: number; readonly folder: string },
): Length {
  if (steps === undefined && (epochs === undefined || epochs === before.epochs)) return before;
  const now = lengthOf({ steps, epochs }, 0, stepsPerEpoch);
  if (now.steps >= made) return now;
  const n = (value: number) => value.toLocaleString("en");
  const asked = steps === undefined ? `--epochs ${epochs} is ${n(now.steps)} steps` : `--steps ${steps}`;
  throw new OptionError(`${asked}: the training in ${folder} has made ${n(made)} already. Give more, or leave it out.`);
}

/** Gives the last checkpoint another description, of a longer training; patience begins anew. Steps and tensors stay. */
export async function redescribe(store: CheckpointStore, description: Json): Promise<void> {
  const saved = await decodeCheckpoint(await store.read(LAST));
  if (JSON.stringify(saved.description) === JSON.stringify(description)) return;
  const changed: Checkpoint = { ...saved, description, stopping: { ...saved.stopping, since: 0 } };
  await store.write(LAST, await encodeCheckpoint(changed));
}

/**
 * The options of a training that goes on: its own, with those that may change as they are now. Throws OptionError for one that was given
 * and is not as the training has it, CheckpointError where an earlier version wrote the file, or its options are none that a training can have.
 */
export function resumedValues(
  { train: { options } }: AnyTask,
  values: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
  saved: Saved,
  folder: string,
): Readonly<Record<string, unknown>> {
  const { path, checkpoint } = saved;
  const { options: own, packed } = headerOf(checkpoint.description);
  if (packed !== undefined) {
    throw new CheckpointError(
      `${path}: it is a packed model, without the state of its training, which cannot be gone on with. Resume the training's own folder.`,
    );
  }
  if (own === undefined) {
    throw new CheckpointError(
      `${path}: an earlier version of this library wrote it, and this one cannot go on with its training. The model can still be used and exported; to train it longer, train anew.`,
    );
  }
  requireTrainedWith(options, saved);
  requireSame(options, values, isGiven, own, `the training in ${folder}`, "--resume goes on with its settings");
  const now = Object.entries(values).filter(([name]) => !(name in options) || options[name]?.free);
  return { ...own, ...Object.fromEntries(now) };
}

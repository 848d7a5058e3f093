import { totalmem } from "node:os";
import { type Backend, flattenTree, isNdArray, type Key, key, OptionError, splitKey } from "@throughtime/core";
import { constantRate, cosine, type EverySteps, type Schedule, warmUp } from "@throughtime/train";
import type { OutputFolder } from "./output.js";

/** What trainings of every kind of model have in common. */

export const CELLS = ["gru", "lstm", "rnn"] as const;
export const SCHEDULES = ["cosine", "constant"] as const;

/** A training is as long as it has steps; a person may say epochs. */
export type Length = { readonly epochs: number } | { readonly steps: number };

/** What --validate-every says, in steps; without it, every pass over the data. */
export const everySteps = (steps: number | undefined): EverySteps => (steps === undefined ? { epochs: 1 } : { steps });

/** What --validate-every said; null where it was not given. */
export const saidSteps = (every: EverySteps): number | null => ("steps" in every ? every.steps : null);

export interface TrainingPlace {
  readonly backend: Backend;
  /** Checkpoints go here; it is claimed when the training is known to be possible. */
  readonly output: OutputFolder;
  readonly saveEverySeconds: number;
  readonly signal?: AbortSignal;
}

export interface RateSettings {
  readonly schedule: (typeof SCHEDULES)[number];
  /** Steps in which the learning rate climbs before the schedule begins. */
  readonly warmUp: number;
  /** Updates in all. */
  readonly steps: number;
}

export function scheduleOf({ schedule, warmUp: climb, steps }: RateSettings): Schedule {
  const after = schedule === "cosine" ? cosine({ steps: Math.max(1, steps - climb) }) : constantRate();
  return climb > 0 ? warmUp(after, { steps: climb }) : after;
}

/** Independent randomness for each purpose of a training. */
export function keysOf(seed: number): { readonly parameters: Key; readonly noise: Key; readonly samples: Key } {
  const [parameters, noise, samples] = splitKey(key(seed), 3) as [Key, Key, Key];
  return { parameters, noise, samples };
}

/** How many numbers stand in a tree of parameters. */
export const parameterCount = (params: unknown): number =>
  flattenTree(params, isNdArray).leaves.reduce((sum, { data }) => sum + data.length, 0);

/** Parameters, their gradients and Adam's two moments, f32, in bytes for each parameter. */
const BYTES_A_PARAMETER = 16;

/** Throws OptionError for a model of more parameters than this machine's memory can train. `options` are what makes it so large. */
export function requireAffordable(size: number, options: string): void {
  const needed = size * BYTES_A_PARAMETER;
  if (needed <= totalmem()) return;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`;
  throw new OptionError(
    `a model of ${size.toLocaleString("en")} parameters needs ${gigabytes(needed)} to train; this machine has ${gigabytes(totalmem())}. Choose a smaller ${options}.`,
    { parameters: size },
  );
}

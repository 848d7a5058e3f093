import { totalmem } from "node:os";
import { type Backend, flattenTree, isNdArray, type Key, key, OptionError, splitKey } from "@throughtime/core";
import { constantRate, cosine, type EverySteps, type Schedule, warmUp } from "@throughtime/train";
import type { OutputFolder } from "./output.js";

/** What trainings of every kind of model have in common. */

export const CELLS = ["gru", "lstm", "rnn"] as const;
export const SCHEDULES = ["cosine", "constant"] as const;

/** A training is as long as it has steps; a person may say epochs. */
export type Length = { readonly epochs: number } | { readonly steps: number };

/**
 * Updates in all, at least one where epochs are asked for, and the epochs if they were. Throws OptionError for more than can be counted.
 */
export function stepsOf(
  length: Length,
  stepsPerEpoch: number,
): { readonly steps: number; readonly epochs: number | null } {
  if ("steps" in length) return { steps: length.steps, epochs: null };
  const steps = Math.max(1, Math.round(length.epochs * stepsPerEpoch));
  if (!Number.isSafeInteger(steps))
    throw new OptionError(`--epochs ${length.epochs}: that are more steps than can be counted.`);
  return { steps, epochs: length.epochs };
}

export interface Measuring {
  readonly validation: number;
  readonly test: number;
  readonly patience: number;
  readonly validateEvery?: number;
}

/**
 * Throws OptionError where nothing is left to train on, and for options about a validation that there is not: they would do nothing.
 * `elsewhere`: whether there are pairs of their own to validate on.
 */
export function requireMeasurable({ validation, test, patience, validateEvery }: Measuring, elsewhere = false): void {
  if (validation + test > 0.999) {
    throw new OptionError(
      `--validation ${validation} and --test ${test} leave nothing to train on. Make them smaller.`,
    );
  }
  if (elsewhere || validation > 0) return;
  const nothing = "there is no validation, since --validation is 0. Leave it out, or keep a share to measure on.";
  if (patience > 0) throw new OptionError(`--patience ${patience}: ${nothing}`);
  if (validateEvery !== undefined) throw new OptionError(`--validate-every ${validateEvery}: ${nothing}`);
}

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
  const [parameters, noise, samples] = splitKey(key(seed), 3);
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

import { flattenTree, isNdArray, type Key, key, OptionError, splitKey } from "@throughtime/core";
import {
  adagrad,
  adam,
  adamw,
  constantRate,
  cosine,
  type EverySteps,
  type Optimizer,
  rmsprop,
  type Schedule,
  sgd,
  warmUp,
} from "@throughtime/train";
import type { TrainingValues } from "../training-options.js";

/** How long a training is: updates in all, and the passes over the data that they were said in, if they were. */
export interface Length {
  readonly steps: number;
  readonly epochs: number | null;
}

/** Updates in all, at least one where epochs are asked for. Throws OptionError for more than can be counted. */
export function lengthOf(
  { steps, epochs }: Pick<TrainingValues, "steps" | "epochs">,
  defaultEpochs: number,
  stepsPerEpoch: number,
): Length {
  if (steps !== undefined) return { steps, epochs: null };
  const passes = epochs ?? defaultEpochs;
  const all = Math.max(1, Math.round(passes * stepsPerEpoch));
  if (!Number.isSafeInteger(all)) throw new OptionError(`--epochs ${passes}: that are more steps than can be counted.`);
  return { steps: all, epochs: passes };
}

const MAKE = { adam, adamw, sgd, rmsprop, adagrad } as const;

/** The optimizer of options. Biases are not drawn to zero. */
export function optimizerOf({
  optimizer,
  learningRate,
  // Of the others, decay is a part of the gradient, which adaptive ones divide by its size: it is not what it says.
  weightDecay = optimizer === "adamw" ? 0.01 : 0,
}: Pick<TrainingValues, "optimizer" | "learningRate" | "weightDecay">): Optimizer {
  const make = MAKE[optimizer as keyof typeof MAKE];
  return make({ learningRate, weightDecay, groups: [{ match: /(^|\.)bn?$/, weightDecay: 0 }] });
}

export function scheduleOf(
  { schedule, warmUp: climb }: Pick<TrainingValues, "schedule" | "warmUp">,
  steps: number,
): Schedule {
  const after = schedule === "cosine" ? cosine({ steps: Math.max(1, steps - climb) }) : constantRate();
  return climb > 0 ? warmUp(after, { steps: climb }) : after;
}

/** What --validate-every says, in steps; without it, every pass over the data. */
export const everyOf = ({ validateEvery }: Pick<TrainingValues, "validateEvery">): EverySteps =>
  validateEvery === undefined ? { epochs: 1 } : { steps: validateEvery };

/**
 * Throws OptionError where nothing is left to train on, and for options about a validation that there is not: they would do nothing.
 * `elsewhere`: whether there are data of their own to validate on.
 */
export function requireMeasurable(
  {
    validation,
    test,
    patience,
    validateEvery,
  }: Pick<TrainingValues, "validation" | "test" | "patience" | "validateEvery">,
  elsewhere = false,
): void {
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

/** Throws OptionError for a model of more parameters than there is memory to train. `options` are what makes it so large. */
export function requireAffordable(size: number, options: string, memory: number): void {
  const needed = size * BYTES_A_PARAMETER;
  if (needed <= memory) return;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`;
  throw new OptionError(
    `a model of ${size.toLocaleString("en")} parameters needs ${gigabytes(needed)} to train; this machine has ${gigabytes(memory)}. Choose a smaller ${options}.`,
    { parameters: size },
  );
}

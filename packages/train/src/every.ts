import { OptionError } from "@throughtime/core";
import { requireInteger, requireRange } from "./check.js";

/** How often, where equal trainings must do it at equal steps: after so many of them, or so many passes over the source. */
export type EverySteps = { readonly steps: number } | { readonly epochs: number };

/** How often: after so many steps, passes over the source, or seconds. */
export type Every = EverySteps | { readonly seconds: number };

/** Where a training stands after a step. */
export interface Moment {
  /** How many steps there were. */
  readonly step: number;
  /** The pass that the step belonged to, from 0, and the one of the step after it; the same where there is none. */
  readonly epoch: number;
  readonly nextEpoch: number;
  /** Since it was done last. */
  readonly seconds: number;
}

export function isDue(every: Every, { step, epoch, nextEpoch, seconds }: Moment): boolean {
  if ("steps" in every) return step % every.steps === 0;
  if ("epochs" in every) return Math.floor(nextEpoch / every.epochs) > Math.floor(epoch / every.epochs);
  return seconds >= every.seconds;
}

const CHECKS = {
  steps: (operation: string, option: string, value: number) => requireInteger(operation, option, value, 1),
  epochs: (operation: string, option: string, value: number) => requireInteger(operation, option, value, 1),
  seconds: (operation: string, option: string, value: number) => requireRange(operation, option, value, 0),
};

/** Throws OptionError unless `every` is an object with one of the units, and a number in range: steps and epochs from 1, seconds from 0. */
export function requireEvery(
  operation: string,
  option: string,
  every: unknown,
  units: readonly (keyof typeof CHECKS)[],
): void {
  const entries = typeof every === "object" && every !== null ? Object.entries(every) : [];
  const [[unit, value] = []] = entries;
  const known = units.find((each) => each === unit);
  if (known === undefined || entries.length !== 1) {
    throw new OptionError(
      `${operation}: ${option} must be ${units.map((each) => `{ ${each} }`).join(" or ")}, received ${JSON.stringify(every)}. Write ${option}: { ${units[0]}: ${typeof every === "number" ? every : 1} }.`,
      { option, value: every },
    );
  }
  CHECKS[known](operation, `${option}.${known}`, value as number);
}

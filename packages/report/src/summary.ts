import { runningMean } from "./charts/points.js";
import type { StepEvent } from "./events.js";
import { elapsedSeconds, type History } from "./history.js";

/** What a training came to, in figures. */
export interface Summary {
  readonly steps: number;
  /** Updates in all, where its start says so. */
  readonly planned: number | undefined;
  /** Passes over the data that were begun. */
  readonly epochs: number | undefined;
  /** A running mean over the last steps. */
  readonly trainingLoss: number | undefined;
  readonly lastValidation: { readonly step: number; readonly loss: number } | undefined;
  readonly bestValidation: { readonly step: number; readonly loss: number } | undefined;
  /** Of the last validation that has some, by path. */
  readonly scores: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Over all steps. */
  readonly tokensPerSecond: number | undefined;
  readonly parameters: number | undefined;
  /** Why it ended, or that it did not. */
  readonly ended: string;
}

const REASONS: Readonly<Record<string, string>> = {
  steps: "made all its steps",
  epochs: "made all its epochs",
  data: "reached the end of its data",
  patience: "stopped, since the validation loss no longer fell",
  signal: "was stopped",
};

export function summaryOf(history: History): Summary {
  const { starts, steps, end } = history;
  const start = starts.at(-1);
  const last = steps.at(-1);
  const measured = steps.flatMap(({ step, validation }) => (validation ? [{ step, loss: validation.loss }] : []));
  return {
    steps: last?.step ?? start?.from ?? 0,
    planned: start?.steps,
    epochs: last?.epoch === undefined ? undefined : last.epoch + 1,
    trainingLoss: runningMean(steps.map(({ step, loss }) => [step, loss])).at(-1)?.[1],
    lastValidation: measured.at(-1),
    bestValidation: measured.reduce<(typeof measured)[number] | undefined>(
      (best, one) => (best && best.loss <= one.loss ? best : one),
      undefined,
    ),
    scores: numbersIn(steps.filter(({ scores }) => scores).at(-1)?.scores),
    seconds: elapsedSeconds(history).at(-1) ?? 0,
    tokensPerSecond: throughput(steps),
    parameters: start?.parameters,
    ended: end ? (REASONS[end.reason] ?? end.reason) : "has not ended, or was killed",
  };
}

/** The numbers among an object's leaves, by path. */
export function numbersIn(value: unknown, at = ""): Readonly<Record<string, number>> {
  const entries = Object.entries((value ?? {}) as object).flatMap(([name, field]): (readonly [string, number])[] => {
    if (typeof field === "number") return Number.isFinite(field) ? [[`${at}${name}`, field]] : [];
    const isGroup = typeof field === "object" && field !== null && !Array.isArray(field);
    return isGroup ? Object.entries(numbersIn(field, `${at}${name}.`)) : [];
  });
  return Object.fromEntries(entries);
}

/** Equal steps in unequal times: the harmonic mean. */
export function throughput(steps: readonly StepEvent[]): number | undefined {
  const rates = steps.flatMap(({ tokensPerSecond = 0 }) => (tokensPerSecond > 0 ? [tokensPerSecond] : []));
  return rates.length === 0 ? undefined : rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

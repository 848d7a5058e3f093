import type { StepEvent } from "./events.js";
import { elapsedSeconds, type History } from "./history.js";
import { numbersIn, throughput } from "./summary.js";

/** One pass over the data. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly steps: number;
  /** The mean over its steps. */
  readonly trainingLoss: number;
  /** Of the last validation in it. */
  readonly validationLoss: number | undefined;
  readonly scores: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly tokensPerSecond: number | undefined;
}

/** A training's epochs, as far as it has got. Empty where steps do not say theirs. */
export function epochsOf(history: Pick<History, "starts" | "steps">): readonly Epoch[] {
  const elapsed = elapsedSeconds(history);
  const groups = new Map<number, { readonly steps: StepEvent[]; readonly from: number; to: number }>();
  history.steps.forEach((step, i) => {
    if (step.epoch === undefined) return;
    const group = groups.get(step.epoch) ?? { steps: [], from: elapsed[i - 1] ?? 0, to: 0 };
    group.steps.push(step);
    group.to = elapsed[i] as number;
    groups.set(step.epoch, group);
  });
  return [...groups].map(([epoch, { steps, from, to }]) => ({
    epoch: epoch + 1,
    steps: steps.length,
    trainingLoss: steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length,
    validationLoss: steps.filter(({ validation }) => validation).at(-1)?.validation?.loss,
    scores: numbersIn(steps.filter(({ scores }) => scores).at(-1)?.scores),
    seconds: to - from,
    tokensPerSecond: throughput(steps),
  }));
}

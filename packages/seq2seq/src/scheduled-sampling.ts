import { type NdArray, OptionError, optionsOf, requireFunction, scalar } from "@throughtime/core";

/** How likely a decoder in training is to read the true word, from the number of the step, which counts from 1. In [0, 1]. */
export type TruthSchedule = (step: number) => number;

const requirePositive = (name: string, value: number): void => {
  if (!(value > 0 && value < Infinity)) throw new OptionError(`${name}: must be a number > 0, received ${value}.`);
};

/** From 1 down to `least` in a line over `steps`. Bengio et al. 2015, "Scheduled sampling for sequence prediction", section 2.4. */
export function linearTruth(options: { readonly steps: number; readonly least?: number }): TruthSchedule {
  const { steps, least = 0 } = optionsOf("linearTruth", options, "steps", "least");
  requirePositive("linearTruth: steps", steps);
  if (!(least >= 0 && least <= 1)) throw new OptionError(`linearTruth: least must be in [0, 1], received ${least}.`);
  return (step) => Math.max(least, 1 - ((1 - least) * step) / steps);
}

/** rate^step, for a rate below 1. Bengio et al. 2015. */
export function exponentialTruth(options: { readonly rate: number }): TruthSchedule {
  const { rate } = optionsOf("exponentialTruth", options, "rate");
  if (!(rate > 0 && rate < 1)) throw new OptionError(`exponentialTruth: rate must be in (0, 1), received ${rate}.`);
  return (step) => rate ** step;
}

/** k / (k + e^(step/k)): near 1 at first, then down in an S. Bengio et al. 2015. */
export function inverseSigmoidTruth(options: { readonly k: number }): TruthSchedule {
  const { k } = optionsOf("inverseSigmoidTruth", options, "k");
  if (!(k >= 1 && k < Infinity)) throw new OptionError(`inverseSigmoidTruth: k must be ≥ 1, received ${k}.`);
  return (step) => k / (k + Math.exp(step / k));
}

/** A source of batches, as `train` consumes it; C: its cursor. */
interface Source<B, C, R> {
  readonly start: C;
  next(cursor: C): Promise<(R & { readonly batch: B; readonly cursor: C }) | null>;
}

/** Where a source with a schedule stands. Plain JSON if the source's own cursor is. */
export type TruthCursor<C> = { readonly step: number; readonly source: C };

/**
 * A source whose batches also say how likely the true word is to be read, for a model with `sampling: "argmax"`. The number
 * of the step is in the cursor, so a training that is resumed goes on with its schedule.
 *
 * @example train({ source: withTruth(batches, inverseSigmoidTruth({ k: 1000 })), loss: model.loss, noise: model.noise, … })
 */
export function withTruth<B, C, R>(
  source: Source<B, C, R>,
  schedule: TruthSchedule,
): Source<B & { readonly truth: NdArray }, TruthCursor<C>, Omit<R, "batch" | "cursor">> {
  requireFunction("withTruth: the source's next", source?.next);
  requireFunction("withTruth: the schedule", schedule);
  return {
    start: { step: 0, source: source.start },
    async next({ step, source: cursor }) {
      const found = await source.next(cursor);
      if (found === null) return null;
      const truth = scalar(schedule(step + 1));
      return { ...found, batch: { ...found.batch, truth }, cursor: { step: step + 1, source: found.cursor } };
    },
  };
}

import { OptionError, optionsOf } from "@throughtime/core";
import { requireInteger, requireRange } from "./check.js";
import { isNonFinite } from "./loop/non-finite.js";
import type { Ended, TrainOptions } from "./options.js";
import { train } from "./train.js";

/** How a range of learning rates is tried. */
export interface RateRange {
  /** The first rate. Default 1e-7. */
  readonly from?: number;
  /** The last rate. Default 10. */
  readonly to?: number;
  /** How many rates, an update each, in equal factors. Default 100. */
  readonly steps?: number;
  /** Of the mean loss before, this share stays in the smoothed loss, corrected for its start. Default 0.98. */
  readonly smoothing?: number;
  /** Ends where the smoothed loss is so many times the lowest. Default 4. */
  readonly divergence?: number;
}

export interface RatePoint {
  readonly learningRate: number;
  /** Of this step's batch, before the update. */
  readonly loss: number;
  readonly smoothed: number;
}

/** The losses over rising learning rates, and what they suggest. */
export interface RateCurve {
  readonly points: readonly RatePoint[];
  /**
   * The rate where the loss falls fastest over the rate's logarithm: where a line through a tenth of the losses is steepest. Undefined
   * where it never falls.
   */
  readonly steepest: number | undefined;
  /** A tenth of the rate at which the smoothed loss is lowest. Undefined where it never falls. */
  readonly tenthOfLowest: number | undefined;
  /** Why there are no more points: "diverged", or as a training ends: "steps", "data", "signal". */
  readonly ended: "diverged" | Ended;
}

/**
 * The learning-rate range test (Smith 2015, "Cyclical Learning Rates for Training Neural Networks", arXiv 1506.01186; with the
 * rates in equal factors and the suggestions of Gugger 2018, as fastai has it): a short training in which each step has a larger rate than
 * the one before. Take a rate below the one where the loss begins to rise.
 *
 * `options` are those of `train`; how long to train, the schedule, validation, checkpoints and resuming are left out. The parameters
 * that are passed stay as they are, nothing is written, and the same options give the same curve.
 *
 * Throws OptionError for a range that is none and for an optimizer whose learning rate is 0, and what `train` throws, but for a loss that
 * is not finite because of the learning rate: that is the curve's end.
 *
 * @example const { steepest } = await findRate({ backend, params, loss, optimizer: adam({}), source });
 */
export async function findRate<P, B, C = unknown, N = unknown>(
  options: TrainOptions<P, B, C, N>,
  range: RateRange = {},
): Promise<RateCurve> {
  const { from, to, steps, smoothing, divergence } = checked(range);
  const {
    schedule: _,
    validation: __,
    patience: ___,
    checkpoint: ____,
    resume: _____,
    epochs: ______,
    ...rest
  } = options;
  const base = options.optimizer?.learningRate;
  if (base === 0)
    throw new OptionError("findRate: the optimizer's learning rate is 0. Give it any other; it is not used.");
  const rateAt = (step: number) => from * (to / from) ** (step / Math.max(1, steps - 1));
  const training = train<P, B, C, N>({ ...rest, steps, schedule: (step) => rateAt(step) / base });

  const points: RatePoint[] = [];
  let ended: RateCurve["ended"] = "steps";
  let [sum, weight, lowest] = [0, 0, Infinity];
  try {
    for await (const report of training) {
      const { learningRate, loss } = report;
      sum = smoothing * sum + (1 - smoothing) * loss;
      weight = smoothing * weight + (1 - smoothing);
      const smoothed = sum / weight;
      points.push({ learningRate, loss, smoothed });
      ended = report.ended ?? ended;
      lowest = Math.min(lowest, smoothed);
      // Of a negative loss, as of a density's logarithm, a multiple would be lower still.
      if (smoothed <= lowest + (divergence - 1) * Math.abs(lowest)) continue;
      ended = "diverged";
      break;
    }
  } catch (error) {
    if (!isNonFinite(error) || error.details.cause !== "the learning rate" || points.length === 0) throw error;
    ended = "diverged";
  }
  return { points, ...suggestions(points), ended };
}

function checked(range: RateRange): Required<RateRange> {
  optionsOf("findRate: range", range, "from", "to", "steps", "smoothing", "divergence");
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.98, divergence = 4 } = range;
  requireRange("findRate", "from", from, Number.MIN_VALUE);
  requireRange("findRate", "to", to, Number.MIN_VALUE);
  if (to <= from) throw new OptionError(`findRate: to must be above from, received from ${from} and to ${to}.`);
  requireInteger("findRate", "steps", steps, 2);
  requireRange("findRate", "smoothing", smoothing, 0, 1);
  requireRange("findRate", "divergence", divergence, 1);
  return { from, to, steps, smoothing, divergence };
}

function suggestions(points: readonly RatePoint[]): Pick<RateCurve, "steepest" | "tenthOfLowest"> {
  const at = (i: number) => points[i] as RatePoint;
  // A mean of few steps is no mean yet.
  const first = Math.floor(points.length / 10);
  let lowest = first;
  for (let i = first; i < points.length; i++) if (at(i).smoothed < at(lowest).smoothed) lowest = i;
  const half = Math.max(1, Math.round(points.length / 20));
  let steepest: number | undefined;
  let least = 0;
  for (let i = half; i + half < points.length && i < lowest; i++) {
    const slope = slopeOf(points.slice(i - half, i + half + 1).map(({ loss }) => loss));
    if (slope < least) [steepest, least] = [at(i).learningRate, slope];
  }
  return { steepest, tenthOfLowest: lowest === first ? undefined : at(lowest).learningRate / 10 };
}

/** Of the line through values at equal distances (rates in equal factors) by least squares, but for a positive factor. */
const slopeOf = (values: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + value * (i - (values.length - 1) / 2), 0);

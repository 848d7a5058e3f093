import { type CompileStats, DataError, flattenTree, isNdArray, optionsOf } from "@throughtime/core";
import { requireInteger, requireRange } from "./check.js";
import type { TrainOptions } from "./options.js";
import { train } from "./train.js";

export interface MeasureOptions {
  /** How many steps are timed, after two that are not. Default 10. */
  readonly steps?: number;
  /** No step is begun after so long; three are timed in any case. Default 10. */
  readonly seconds?: number;
}

/** What a training takes. Bytes are those of the data, without what a runtime adds. */
export interface StepCost {
  /** Numbers in the parameters, and those of them that are trained. */
  readonly parameters: number;
  readonly trained: number;
  readonly parameterBytes: number;
  /** The optimizer's state. */
  readonly optimizerBytes: number;
  /** The state that is carried from batch to batch. */
  readonly carryBytes: number;
  /** The most memory that a step took on the backend, as far as that knows; undefined where it does not. */
  readonly peakBytes: number | undefined;
  /** Tracing, passes and compiling, for all structures of batches that came. */
  readonly compileSeconds: number;
  /** From one step's end to the next one's: the median, with what the host does between. */
  readonly stepSeconds: number;
  /** Units (tokens, examples: what the source counts) per second, the median. */
  readonly tokensPerSecond: number;
  /** How many steps were timed. */
  readonly steps: number;
  readonly stats: readonly CompileStats[];
}

/**
 * What a training would take: a few steps of it, timed, and thrown away. `options` are those of `train`; how long to train, validation,
 * checkpoints and resuming are left out. The parameters that are passed stay as they are, and nothing is written.
 *
 * Throws what `train` throws, and DataError where the source ends within three steps, the reason of `signal` where that
 * is aborted before.
 *
 * @example const { stepSeconds, peakBytes } = await measureStep({ backend, params, loss, optimizer, source });
 */
export async function measureStep<P, B, C = unknown, N = unknown>(
  options: TrainOptions<P, B, C, N>,
  measure: MeasureOptions = {},
): Promise<StepCost> {
  optionsOf("measureStep", measure, "steps", "seconds");
  const { steps = 10, seconds = 10 } = measure;
  requireInteger("measureStep", "steps", steps, 1);
  requireRange("measureStep", "seconds", seconds, 0);
  const { validation: _, patience: __, checkpoint: ___, resume: ____, epochs: _____, ...rest } = options;
  const training = train<P, B, C, N>({ ...rest, steps: steps + WARM_UP });

  const times: number[] = [];
  const rates: number[] = [];
  let before = 0;
  for await (const report of training) {
    if (report.step > WARM_UP) {
      times.push(report.seconds - before);
      rates.push(report.tokensPerSecond);
    }
    before = report.seconds;
    if (times.length >= LEAST && before >= seconds) break;
  }
  if (times.length === 0) {
    options.signal?.throwIfAborted();
    throw new DataError(
      `measureStep: the source ended before a step could be timed; it needs batches for ${WARM_UP + 1} steps.`,
    );
  }
  const stats = training.stats();
  const { params, optimizer, carry = {} } = options;
  const state = optimizer.init(params as never);
  const leaves = leavesOf(params);
  const peaks = stats.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  return {
    parameters: leaves.reduce((sum, { count }) => sum + count, 0),
    trained: leaves.reduce((sum, { path, dtype, count }) => sum + (optimizer.trains(path, dtype) ? count : 0), 0),
    parameterBytes: bytesOf(params),
    optimizerBytes: bytesOf(state),
    carryBytes: bytesOf(carry),
    peakBytes: peaks.length === 0 ? undefined : peaks.reduce((most, bytes) => Math.max(most, bytes)),
    compileSeconds: stats.reduce((sum, one) => sum + millisecondsOf(one), 0) / 1000,
    stepSeconds: median(times),
    tokensPerSecond: median(rates),
    steps: times.length,
    stats,
  };
}

/** The first step compiles, and the second may still warm up caches. */
const WARM_UP = 2;
const LEAST = 3;

function leavesOf(tree: unknown) {
  const { leaves, paths } = flattenTree(tree, isNdArray);
  return leaves.map(({ data, dtype }, i) => ({ path: paths[i] as string, dtype, count: data.length }));
}

const bytesOf = (tree: unknown): number =>
  flattenTree(tree, isNdArray).leaves.reduce((sum, { data }) => sum + data.byteLength, 0);

const millisecondsOf = ({ traceMs, passes, compileMs }: CompileStats): number =>
  traceMs + compileMs + passes.reduce((sum, { ms }) => sum + ms, 0);

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

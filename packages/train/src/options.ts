import type { Backend, CompileStats, DimNames, Key } from "@throughtime/core";
import type { CheckpointStore } from "./checkpoint/store.js";
import type { Clip } from "./clip.js";
import type { Every, EverySteps } from "./every.js";
import type { Json } from "./json.js";
import type { Exhausted } from "./loop/feed.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import type { FeedbackSchedule, Schedule } from "./schedules/schedule.js";
import type { Source } from "./source.js";
import type { Loss, StepDims } from "./steps/contract.js";

/** `P`, `B`, `C`, `N`: the trees of host data that parameters, batches, carry and noise are. */
export interface TrainOptions<P, B, C = unknown, N = unknown> {
  /** Where the steps run. */
  readonly backend: Backend;
  /** The initial parameters. */
  readonly params: P;
  /**
   * The model and its loss, traced once for each structure of batch. Math.random() and Date.now() in it are constants; `noise` draws
   * what is random.
   */
  readonly loss: Loss<P, B, C, N>;
  readonly optimizer: Optimizer;
  readonly source: Source<B>;
  /** The total number of updates, those before a resume included. Give this or `epochs`, or both: what comes first ends the training. */
  readonly steps?: number;
  /** The total number of passes over the source. */
  readonly epochs?: number;
  /** Multiplies the optimizer's learning rate. Default: 1 at every step. */
  readonly schedule?: Schedule | FeedbackSchedule;
  /** What is done to gradients before the update. Default: nothing. */
  readonly clip?: Clip;
  /**
   * The state before the first batch, where batches continue each other: truncated backpropagation through time. The
   * loss gets it as `carry` and returns the next; no gradient flows from one batch into another.
   */
  readonly carry?: C;
  /** Names for axes whose sizes differ between batches, so that one Program serves all: `{ batch: { x: ["T", "B"] } }`. */
  readonly dims?: StepDims;
  /**
   * Draws a step's random numbers (dropout masks) on the host, while the step before it runs; the key is foldIn(key,
   * step), and the draw must be a pure function of it. Validation runs without: the loss gets "none".
   */
  readonly noise?: (key: Key, batch: B) => N;
  /**
   * Makes of each batch what the loss gets, with the newest parameters: samples of the model and their rewards, for reinforcement learning.
   * params: the tree of parameters, on the backend, as compiled functions take them; they are the training's, and not to be released. It runs before
   * each step, so the host does not work ahead. Must be a pure function of its arguments, for a training to be resumed. Noise is drawn for
   * what it returns; validation gets batches as they are, so it needs a loss of its own.
   */
  readonly rollout?: (params: unknown, batch: B, key: Key) => B | Promise<B>;
  /** The key of all randomness. Default: key(0). A resumed training keeps its own. */
  readonly key?: Key;
  /** The number of batches whose gradients are added up for one update. Default 1. */
  readonly accumulate?: number;
  readonly validation?: ValidationOptions<P, B, C, N>;
  /** Early stopping: ends after this many validations in a row without a new lowest loss. Default: never. */
  readonly patience?: number;
  readonly checkpoint?: CheckpointOptions;
  /**
   * What to do with a checkpoint that is there: "never" refuses to overwrite it (default), "auto" continues it or begins,
   * "must" continues it or throws.
   */
  readonly resume?: "never" | "auto" | "must";
  /** The model as plain data (sizes, vocabulary), kept in every checkpoint; resuming requires an equal one. Default null. */
  readonly describe?: Json;
  /** Stops after the step that runs, with a checkpoint. */
  readonly signal?: AbortSignal;
  /**
   * A backend on which a step whose loss is NaN or Inf is run again to name the first bad equation: pass
   * `reference({ nanCheck: true })`. Costs a copy of the state at every step.
   */
  readonly debug?: Backend;
}

export interface ValidationOptions<P, B, C = unknown, N = unknown> {
  /** One pass of it is one validation. */
  readonly source: Source<B>;
  /** Default: `{ epochs: 1 }`, after every pass of the training source. Always after the last step. */
  readonly every?: EverySteps;
  /** Default: the loss that is trained on. */
  readonly loss?: Loss<P, B, C, N>;
  /** The state before its first batch. Default: train's `carry`. */
  readonly carry?: C;
  readonly dims?: { readonly batch?: DimNames; readonly carry?: DimNames };
}

export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Default: `{ seconds: 30 }`. One is also written before the first step, after the last, and when stopped. */
  readonly every?: Every;
  /** Keep the parameters with the lowest validation loss beside the last ones. Default false. */
  readonly keepBest?: boolean;
}

/** What one step reports. Units of time are seconds. */
export interface Report {
  /** The number of this update, from 1. */
  readonly step: number;
  /** Which pass over the data, from 0. */
  readonly epoch: number;
  /** The loss of this step's batch before the update. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** The gradient's global norm before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Units (tokens, examples: what the source counts) that this step processed per second. */
  readonly tokensPerSecond: number;
  /** Since this call of train began. */
  readonly seconds: number;
  readonly validation?: ValidationReport;
  /** The names of the checkpoints that hold the state after this step. */
  readonly checkpoint?: readonly string[];
  /** On the last report: why it is the last. */
  readonly ended?: Ended;
}

export interface ValidationReport {
  /** The mean over the validation source, weighted by units. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether this is the lowest loss so far. */
  readonly best: boolean;
  readonly seconds: number;
}

export type Ended = Exhausted | "patience" | "signal";

/** A training. Iterating over it runs it, with a report for each step. It runs once; a second loop is a ReleasedError. */
export interface Training<P> extends AsyncIterable<Report> {
  /**
   * The newest parameters, on the host, and the step that they are from: at any time, and after the end. While reports
   * are read one more step is already under way, and is waited for; on reports with a validation or a checkpoint none is.
   */
  snapshot(): Promise<{ readonly step: number; readonly params: P }>;
  /**
   * What was compiled for its steps: op counts before and after each pass, times, peak bytes. One entry for a training
   * whose batches have one structure and whose other sizes have names; none before the first step.
   */
  stats(): readonly CompileStats[];
}

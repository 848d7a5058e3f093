import type { LayerSummary } from "./layers.js";
import type { Section } from "./section.js";

/** One line of a history: what `throughtime train … --json` prints, too. Other fields may stand beside those named here. */
export type HistoryEvent = StartEvent | StepEvent | EndEvent;

/** A training begins, or goes on. */
export interface StartEvent {
  readonly event: "start";
  /** Steps that were made before: 0 for a new training. */
  readonly from: number;
  /** Where the steps run: "cpu". */
  readonly device?: string;
  /** Updates in all, if it is not stopped before. */
  readonly steps?: number;
  /** How many numbers the model learns. */
  readonly parameters?: number;
  readonly layers?: readonly LayerSummary[];
  /** What throughput and the loss count: "characters". Default: "tokens". */
  readonly unit?: string;
  /** Settings as plain data, in groups: `model`, `training`, `data`, and whatever else a task says. */
  readonly [group: string]: unknown;
}

/** One update of the parameters: train's report, and after a validation what the task says of the model. */
export interface StepEvent {
  readonly event: "step";
  /** The number of this update, from 1. */
  readonly step: number;
  /** Of this step's batch, before the update. */
  readonly loss: number;
  /** Which pass over the data, from 0. */
  readonly epoch?: number;
  readonly learningRate?: number;
  /** The global norm before clipping. */
  readonly gradientNorm?: number;
  readonly tokensPerSecond?: number;
  /** Since the `start` before it. */
  readonly seconds?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly validation?: ValidationFields;
  /** What the model wrote. */
  readonly sample?: string;
  /** What the model made of some inputs. */
  readonly examples?: readonly Prediction[];
  /** Scores of the task: `{ bleu: 31.2 }`, or groups of them. */
  readonly scores?: Readonly<Record<string, unknown>>;
  /** What else the task has to show; a page shows the last ones. */
  readonly sections?: readonly Section[];
  readonly [field: string]: unknown;
}

export interface ValidationFields {
  readonly loss: number;
  /** Whether it is the lowest so far. */
  readonly best?: boolean;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly seconds?: number;
}

/** An input, what the model made of it, and where it is known, what was right. */
export interface Prediction {
  readonly input: string;
  readonly output: string;
  readonly expected?: string;
}

/** A training ended, or was stopped. A history without one is of a training that runs, or was killed. */
export interface EndEvent {
  readonly event: "end";
  /** "steps", "epochs", "data", "patience" or "signal". */
  readonly reason: string;
  readonly step: number;
  readonly [field: string]: unknown;
}

import type { Json } from "../json.js";

/**
 * A pure function of how many updates were made (0 before the first): the factor by which the optimizer's learning rate
 * is multiplied for the next one.
 */
export type Schedule = (step: number) => number;

/** A schedule that depends on validation losses. Its state is plain data, kept in checkpoints. */
export interface FeedbackSchedule<S extends Json = Json> {
  readonly start: S;
  factor(step: number, state: S): number;
  /** The state after a validation whose mean loss is `loss`. */
  observe(state: S, loss: number): S;
}

/** Either kind as the second. */
export const withFeedback = (schedule: Schedule | FeedbackSchedule): FeedbackSchedule =>
  typeof schedule === "function"
    ? { start: null, factor: (step) => schedule(step), observe: (state) => state }
    : schedule;

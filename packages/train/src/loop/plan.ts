import { type Key, key as keyOf, OptionError } from "@throughtime/core";
import { requireOptions } from "../border.js";
import { requireInteger } from "../check.js";
import { requireEvery } from "../every.js";
import type { Json } from "../json.js";
import type { TrainOptions } from "../options.js";
import { type FeedbackSchedule, withFeedback } from "../schedules/schedule.js";
import type { AnyTree } from "../trees.js";

/** Options after they were checked, with defaults in place. */
export interface Plan extends TrainOptions<unknown, unknown> {
  readonly steps: number;
  readonly epochs: number;
  readonly schedule: FeedbackSchedule;
  readonly carry: AnyTree;
  readonly key: Key;
  readonly accumulate: number;
  readonly resume: "never" | "auto" | "must";
  readonly describe: Json;
}

/** Throws ArgumentError for options of the wrong kind, OptionError for those out of range or that do not go together. */
export function planOf(options: TrainOptions<unknown, unknown>): Plan {
  requireOptions(options);
  const { steps, epochs, validation, checkpoint, patience, accumulate = 1, resume = "never" } = options;
  if (steps === undefined && epochs === undefined) {
    throw new OptionError("train: neither steps nor epochs is given. Say how long to train.");
  }
  if (steps !== undefined) requireInteger("train", "steps", steps, 0);
  if (epochs !== undefined) requireInteger("train", "epochs", epochs, 0);
  requireInteger("train", "accumulate", accumulate, 1);
  if (validation?.every !== undefined) requireEvery("train", "validation.every", validation.every, ["steps", "epochs"]);
  if (patience !== undefined) requireInteger("train", "patience", patience, 1);
  if (!["never", "auto", "must"].includes(resume)) {
    throw new OptionError(`train: resume must be "never", "auto" or "must", received ${JSON.stringify(resume)}.`);
  }
  if (checkpoint?.every !== undefined) {
    requireEvery("train", "checkpoint.every", checkpoint.every, ["steps", "epochs", "seconds"]);
  }
  if (!validation && (patience !== undefined || checkpoint?.keepBest)) {
    throw new OptionError("train: patience and keepBest go by validation losses. Give a validation source.");
  }
  if (resume !== "never" && !checkpoint) {
    throw new OptionError(
      `train: resume: "${resume}" needs a checkpoint store to resume from. Give checkpoint: { store }.`,
    );
  }
  return {
    ...options,
    steps: steps ?? Infinity,
    epochs: epochs ?? Infinity,
    schedule: withFeedback(options.schedule ?? (() => 1)),
    carry: options.carry ?? {},
    key: options.key ?? keyOf(0),
    accumulate,
    resume,
    describe: options.describe ?? null,
  };
}

import type { TrainTranslateOptions } from "../train-options.js";
import type { TaskSettings } from "./task.js";

const PRESETS = {
  reverse: { tokens: "words", minFrequency: 1, hidden: 128, embedding: 64, batch: 128, learningRate: 3e-3, epochs: 3 },
  dates: {
    sourceTokens: "tagged",
    targetTokens: "characters",
    hidden: 128,
    embedding: 64,
    batch: 128,
    learningRate: 3e-3,
    epochs: 3,
  },
  "emoji-names": {
    tokens: "bpe",
    merges: 400,
    hidden: 256,
    embedding: 128,
    batch: 48,
    learningRate: 2e-3,
    epochs: 20,
    dropout: 0.3,
    outputDropout: 0.3,
  },
} as const satisfies Readonly<Record<TaskSettings["name"], Partial<TrainTranslateOptions>>>;

/** What a task is learned with, unless other options are given. */
export const presetOf = (task: TaskSettings["name"]): Partial<TrainTranslateOptions> => PRESETS[task];

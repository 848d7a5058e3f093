import type { ModelSettings } from "../lm/description.js";
import type { NewTraining } from "../lm/training.js";
import type { TextData } from "../text-data.js";

/** What the demo trains; its test trains less. */
export interface DemoSettings {
  /** Default: the book. */
  readonly data?: TextData;
  readonly folder: string;
  readonly model: ModelSettings;
  readonly training: NewTraining;
  /** Steps after which the model writes, beside every validation. */
  readonly sampleAt: readonly number[];
}

/** About two minutes on two cores. */
export const DEMO: DemoSettings = {
  folder: "out/demo",
  model: { cell: "gru", hiddenSize: 256, layers: 1, embeddingSize: 256, dropout: 0 },
  training: {
    // Four times through the book.
    length: { steps: 2128 },
    ...{
      batch: 32,
      time: 64,
      optimizer: "adamw",
      learningRate: 2e-3,
      schedule: "cosine",
      warmUp: 0,
      weightDecay: 0.01,
      clip: 1,
    },
    ...{ validation: 0.05, test: 0.05, validateEvery: { steps: 266 }, patience: 0, seed: 1 },
  },
  sampleAt: [1, 40, 120],
};

import type { BackendChoice } from "../backend.js";
import { earlierTraining } from "../training/resume.js";
import { everySteps, saidSteps } from "../training/settings.js";
import type { LmDescription, ModelSettings } from "./description.js";
import { loadModel, type SavedModel } from "./load.js";

/** What `throughtime train lm` was called with. */
export interface TrainLmOptions extends BackendChoice {
  readonly data?: string;
  readonly out: string;
  readonly resume?: true;
  readonly saveEvery: number;
  readonly sample: number;
  readonly json?: true;
  readonly cell: ModelSettings["cell"];
  readonly hidden: number;
  readonly layers: number;
  readonly embedding?: number;
  readonly dropout: number;
  readonly batch: number;
  readonly time: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly learningRate: number;
  readonly schedule: LmDescription["training"]["schedule"];
  readonly warmUp: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly validation: number;
  readonly test: number;
  readonly validateEvery?: number;
  readonly patience: number;
  readonly seed: number;
}

const DEFAULT_EPOCHS = 4;

/** The training to go on with, if there is one. Throws OptionError as `earlierTraining`. */
export const earlierLm = (
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
): Promise<SavedModel | undefined> =>
  earlierTraining(options, isGiven, loadModel, ({ description: { model, training } }) => ({
    ...{ cell: model.cell, hidden: model.hiddenSize, layers: model.layers, embedding: model.embeddingSize },
    ...{ ...training, dropout: model.dropout, validateEvery: saidSteps(training.validateEvery) },
  }));

export const modelSettings = ({ cell, hidden, layers, embedding, dropout }: TrainLmOptions): ModelSettings => ({
  cell,
  hiddenSize: hidden,
  layers,
  embeddingSize: embedding ?? hidden,
  dropout,
});

export function trainingSettings(options: TrainLmOptions) {
  const { batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed } = options;
  const { validation, test, validateEvery, patience } = options;
  const settings = {
    ...{ batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed },
    ...{ validation, test, validateEvery: everySteps(validateEvery), patience },
  };
  const { steps, epochs = DEFAULT_EPOCHS } = options;
  return { ...settings, length: steps === undefined ? { epochs } : { steps } };
}

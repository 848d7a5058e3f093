import { type OptionValues, options } from "./options.js";

export const CELLS = ["gru", "lstm", "rnn"] as const;
export const OPTIMIZERS = ["adam", "adamw", "sgd", "rmsprop", "adagrad"] as const;
export const SCHEDULES = ["cosine", "constant"] as const;

const TRAINING = "Training:";

/** What tasks differ in. */
export interface TrainingDefaults {
  readonly epochs: number;
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly learningRate: number;
  /** Shares of the data that are kept apart. */
  readonly validation: number;
  readonly test: number;
  /** What the data are counted in: "pairs". */
  readonly unit: string;
}

/** The options that every training has: how long, with which optimizer and learning rate, and how it is measured. */
export const trainingOptions = (task: TrainingDefaults) =>
  options({
    epochs: {
      ...{ type: "number", exclusiveMinimum: 0, group: TRAINING, free: true, conflicts: ["steps"] },
      description: `passes over the ${task.unit} (default: ${task.epochs})`,
    },
    steps: {
      ...{ type: "integer", minimum: 0, group: TRAINING, free: true },
      description: "training steps, instead of --epochs",
    },
    optimizer: {
      ...{ type: "string", enum: OPTIMIZERS, default: task.optimizer as string, group: TRAINING },
      description: "the optimizer",
    },
    learningRate: {
      ...{ type: "number", exclusiveMinimum: 0, format: "float", default: task.learningRate, group: TRAINING },
      description: "the peak learning rate",
    },
    schedule: {
      ...{ type: "string", enum: SCHEDULES, default: "cosine", group: TRAINING },
      description: "the learning-rate schedule",
    },
    warmUp: {
      ...{ type: "integer", minimum: 0, default: 0, group: TRAINING, placeholder: "steps" },
      description: "steps of linear warm-up of the learning rate",
    },
    weightDecay: {
      ...{ type: "number", minimum: 0, format: "float", group: TRAINING },
      description: "weight decay; biases have none (default: 0.01 for adamw, else 0)",
    },
    clip: {
      ...{ type: "number", minimum: 0, format: "float", default: 1, group: TRAINING, placeholder: "norm" },
      description: "gradient clipping: the largest global norm; 0: none",
    },
    validation: {
      ...{ type: "number", minimum: 0, maximum: 0.9, default: task.validation, group: TRAINING, placeholder: "share" },
      description: `share of the ${task.unit} to validate on`,
    },
    test: {
      ...{ type: "number", minimum: 0, maximum: 0.9, default: task.test, group: TRAINING, placeholder: "share" },
      description: `share of the ${task.unit} kept apart for eval`,
    },
    validateEvery: {
      ...{ type: "integer", minimum: 1, group: TRAINING, placeholder: "steps" },
      description: "steps between two validations (default: an epoch)",
    },
    patience: {
      ...{ type: "integer", minimum: 0, default: 0, group: TRAINING },
      description: "early stopping: validations without a new lowest loss until it stops; 0: never",
    },
    seed: {
      ...{ type: "integer", minimum: 0, default: 1, group: TRAINING },
      description: "the random seed",
    },
  });

/** What `trainingOptions` gives a training. */
export type TrainingValues = OptionValues<ReturnType<typeof trainingOptions>>;

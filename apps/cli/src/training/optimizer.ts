import { adagrad, adam, adamw, type Optimizer, rmsprop, sgd } from "@throughtime/train";

export const OPTIMIZERS = ["adam", "adamw", "sgd", "rmsprop", "adagrad"] as const;

export interface OptimizerSettings {
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly learningRate: number;
  readonly weightDecay: number;
}

const MAKE = { adam, adamw, sgd, rmsprop, adagrad } as const;

/** The optimizer of settings. Biases are not drawn to zero. */
export const optimizerOf = ({ optimizer, learningRate, weightDecay }: OptimizerSettings): Optimizer =>
  MAKE[optimizer]({ learningRate, weightDecay, groups: [{ match: /(^|\.)bn?$/, weightDecay: 0 }] });

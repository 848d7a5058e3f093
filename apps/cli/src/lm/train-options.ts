import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { OptionError } from "@throughtime/core";
import { LAST } from "@throughtime/train";
import type { BackendChoice } from "../backend.js";
import { loadModel, type SavedModel } from "./checkpoint-file.js";
import type { LmDescription, ModelSettings } from "./description.js";

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

/** The training to go on with. Throws OptionError where --out and --resume, or --resume and other options, do not agree. */
export async function earlierTraining(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
): Promise<SavedModel | undefined> {
  const path = join(options.out, LAST);
  if (!options.resume) {
    const entries = await readdir(options.out).catch((): string[] => []);
    if (!entries.includes(LAST)) return undefined;
    throw new OptionError(
      `${options.out} holds a training already. Go on with it by --resume, or name another folder with --out.`,
    );
  }
  const saved = await loadModel(path);
  const { model, training } = saved.description;
  const fixed: Readonly<Record<string, unknown>> = {
    ...{ cell: model.cell, hidden: model.hiddenSize, layers: model.layers, embedding: model.embeddingSize },
    ...{ ...training, dropout: model.dropout },
  };
  for (const [name, value] of Object.entries(fixed)) {
    const asked = options[name as keyof TrainLmOptions];
    if (!isGiven(name as keyof TrainLmOptions) || asked === value) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new OptionError(
      `${flag} ${asked}: the training in ${options.out} has ${value}, and --resume goes on with its settings. Leave it out, or train anew in another folder.`,
    );
  }
  return saved;
}

export const modelSettings = ({ cell, hidden, layers, embedding, dropout }: TrainLmOptions): ModelSettings => ({
  cell,
  hiddenSize: hidden,
  layers,
  embeddingSize: embedding ?? hidden,
  dropout,
});

export function trainingSettings(options: TrainLmOptions) {
  const { batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed } = options;
  const { validation, test, validateEvery = null, patience } = options;
  const settings = {
    ...{ batch, time, learningRate, schedule, warmUp, weightDecay, clip, seed },
    ...{ validation, test, validateEvery, patience },
  };
  const { steps, epochs = DEFAULT_EPOCHS } = options;
  return { ...settings, length: steps === undefined ? { epochs } : { steps } };
}

import type { VocabularyJson } from "@throughtime/text";
import type { BackendChoice } from "../backend.js";
import { earlierTraining, requireSame } from "../training/resume.js";
import { everySteps, requireMeasurable, saidSteps } from "../training/settings.js";
import type { LmDescription, ModelSettings } from "./description.js";
import { loadModel, type SavedModel } from "./load.js";
import type { LearnSettings } from "./tokens/learn.js";
import type { NewTraining } from "./training.js";

/** What `throughtime train lm` was called with. */
export interface TrainLmOptions extends BackendChoice {
  readonly data?: string;
  readonly encoding?: string;
  /** A model to begin with. */
  readonly from?: string;
  readonly out: string;
  readonly resume?: true;
  readonly saveEvery: number;
  readonly sample: number;
  readonly json?: true;
  readonly tokens: LearnSettings["kind"];
  readonly case: LearnSettings["case"];
  readonly unknown?: string;
  readonly minFrequency?: number;
  readonly maxVocabulary?: number;
  readonly merges: number;
  readonly cell: ModelSettings["cell"];
  readonly hidden: number;
  readonly layers: number;
  readonly embedding?: number;
  readonly dropout: number;
  readonly batch: number;
  readonly time: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly optimizer: LmDescription["training"]["optimizer"];
  readonly learningRate: number;
  readonly schedule: LmDescription["training"]["schedule"];
  readonly warmUp: number;
  readonly weightDecay?: number;
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
  earlierTraining(options, isGiven, loadModel, (saved) => ({
    ...modelOptions(saved),
    ...saved.description.training,
    dropout: saved.description.model.dropout,
    validateEvery: saidSteps(saved.description.training.validateEvery),
  }));

/** The model of --from, to begin with. Throws OptionError for options that say another model or other tokens. */
export async function modelToBeginWith(
  options: TrainLmOptions,
  isGiven: (name: keyof TrainLmOptions) => boolean,
): Promise<SavedModel | undefined> {
  if (options.from === undefined) return undefined;
  const saved = await loadModel(options.from);
  const own = modelOptions(saved);
  const ofModel = (name: keyof TrainLmOptions) => isGiven(name) && MODEL_OPTIONS.has(name);
  requireSame(options, ofModel, own, `the model in ${options.from}`, "--from begins with it");
  return saved;
}

/** What --from decides. */
const MODEL_OPTIONS: ReadonlySet<keyof TrainLmOptions> = new Set([
  ...(["cell", "hidden", "layers", "embedding"] as const),
  ...(["tokens", "case", "unknown", "minFrequency", "maxVocabulary", "merges"] as const),
]);

/** A model as the options that make it. */
const modelOptions = ({ description: { model, tokens } }: SavedModel) => ({
  ...{ cell: model.cell, hidden: model.hiddenSize, layers: model.layers, embedding: model.embeddingSize },
  tokens: tokens.settings.kind,
  ...("case" in tokens.settings && { case: tokens.settings.case }),
  ...(tokens.settings.kind === "characters" && {
    unknown: (tokens.vocabulary as VocabularyJson).unknown ?? null,
  }),
});

export const modelSettings = (
  { cell, hidden, layers, embedding, dropout }: TrainLmOptions,
  from: SavedModel | undefined,
): ModelSettings =>
  from
    ? { ...from.description.model, dropout }
    : { cell, hiddenSize: hidden, layers, embeddingSize: embedding ?? hidden, dropout };

export const learnSettings = (options: TrainLmOptions): Omit<LearnSettings, "trained"> => ({
  ...{ kind: options.tokens, case: options.case, merges: options.merges, unknown: options.unknown },
  maxVocabulary: options.maxVocabulary ?? Number.MAX_SAFE_INTEGER,
  // Rare words are noise, and make large tables; every character and every piece is there for a reason.
  minFrequency: options.minFrequency ?? (options.tokens === "words" ? 2 : 1),
});

export function trainingSettings(options: TrainLmOptions): NewTraining {
  const { batch, time, optimizer, learningRate, schedule, warmUp, clip, seed } = options;
  const { validation, test, validateEvery, patience } = options;
  requireMeasurable(options);
  // Of the others, decay is a part of the gradient, which adaptive ones divide by its size: it is not what it says.
  const { weightDecay = optimizer === "adamw" ? 0.01 : 0 } = options;
  const settings = {
    ...{ batch, time, optimizer, learningRate, schedule, warmUp, weightDecay, clip, seed },
    ...{ validation, test, validateEvery: everySteps(validateEvery), patience },
  };
  const { steps, epochs = DEFAULT_EPOCHS } = options;
  return { ...settings, length: steps === undefined ? { epochs } : { steps } };
}

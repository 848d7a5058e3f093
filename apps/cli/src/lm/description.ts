import { CheckpointError } from "@throughtime/core";
import type { CharModelDescription } from "@throughtime/language-model";
import { type Vocabulary, type VocabularyJson, vocabularyFromJson } from "@throughtime/text";
import type { EverySteps, Json } from "@throughtime/train";
import type { SCHEDULES } from "../training/settings.js";

/** What the model is made of, but for the vocabulary, which the text decides. */
export type ModelSettings = Omit<Required<CharModelDescription>, "vocabularySize">;

/** How it is trained. */
export type TrainingSettings = {
  readonly batch: number;
  readonly time: number;
  /** Updates in all, and the passes over the text that they were said in, if they were. */
  readonly steps: number;
  readonly epochs: number | null;
  readonly learningRate: number;
  readonly schedule: (typeof SCHEDULES)[number];
  /** Steps in which the learning rate climbs before the schedule begins. */
  readonly warmUp: number;
  readonly weightDecay: number;
  /** The gradient's largest norm; 0 for none. */
  readonly clip: number;
  readonly seed: number;
  /** Shares of the text that are kept apart. */
  readonly validation: number;
  readonly test: number;
  readonly validateEvery: EverySteps;
  /** Validations without a new lowest loss before it stops; 0 for never. */
  readonly patience: number;
};

/** Which text it is trained on. */
export type DataSettings = { readonly name: string; readonly sha256: string; readonly characters: number };

/** All that stands in a checkpoint beside the tensors: enough to build the model, and to go on with its training. */
export type LmDescription = {
  readonly task: "language-model";
  readonly model: Required<CharModelDescription>;
  readonly training: TrainingSettings;
  readonly data: DataSettings;
  readonly vocabulary: VocabularyJson;
};

/** A checkpoint's description, if it is one of a model of this command. Throws CheckpointError otherwise. */
export function readDescription(
  description: Json,
  path: string,
): { description: LmDescription; vocabulary: Vocabulary } {
  const { task, model, training, vocabulary } = (description ?? {}) as unknown as Partial<LmDescription>;
  if (task !== "language-model" || !model || !training) {
    throw new CheckpointError(`${path}: it is a checkpoint, but not of a model that \`throughtime train lm\` made.`, {
      path,
    });
  }
  return { description: description as unknown as LmDescription, vocabulary: vocabularyFromJson(vocabulary) };
}

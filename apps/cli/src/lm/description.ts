import { CheckpointError, printable } from "@throughtime/core";
import type { CharModelDescription } from "@throughtime/language-model";
import type { EverySteps, Json } from "@throughtime/train";
import { type Kind, requireFields } from "../training/described.js";
import { OPTIMIZERS } from "../training/optimizer.js";
import { CELLS, SCHEDULES } from "../training/settings.js";
import { tokensFromJson } from "./tokens/from-json.js";
import type { LmTokens, TokensJson } from "./tokens/tokens.js";

/** What the model is made of, but for the vocabulary, which the text decides. */
export type ModelSettings = Omit<Required<CharModelDescription>, "vocabularySize">;

/** How it is trained. */
export type TrainingSettings = {
  readonly batch: number;
  readonly time: number;
  /** Updates in all, and the passes over the text that they were said in, if they were. */
  readonly steps: number;
  readonly epochs: number | null;
  readonly optimizer: (typeof OPTIMIZERS)[number];
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
export type DataSettings = {
  readonly name: string;
  readonly sha256: string;
  readonly characters: number;
  /** As many as the characters where these are the tokens. */
  readonly tokens: number;
};

/** All that stands in a checkpoint beside the tensors: enough to build the model, and to go on with its training. */
export type LmDescription = {
  readonly task: "language-model";
  readonly model: Required<CharModelDescription>;
  readonly training: TrainingSettings;
  readonly data: DataSettings;
  readonly tokens: TokensJson;
};

const MODEL: Readonly<Record<string, Kind>> = {
  ...{ cell: CELLS, vocabularySize: "count", hiddenSize: "count", layers: "count", embeddingSize: "count" },
  dropout: "number",
};

const TRAINING: Readonly<Record<string, Kind>> = {
  ...{ batch: "count", time: "count", steps: "whole", epochs: { orNull: "number" }, optimizer: OPTIMIZERS },
  ...{ learningRate: "number", schedule: SCHEDULES, warmUp: "whole", weightDecay: "number", clip: "number" },
  ...{ seed: "whole", validation: "number", test: "number", patience: "whole" },
};

/** A checkpoint's description, if it is one of a model of this command. Throws CheckpointError otherwise. */
export function readDescription(description: Json, path: string): { description: LmDescription; tokens: LmTokens } {
  const { task, model, training, data, tokens: json } = (description ?? {}) as unknown as Partial<LmDescription>;
  if (task !== "language-model" || !model || !training) {
    throw new CheckpointError(
      `${printable(path)}: it is a checkpoint, but not of a model that \`throughtime train lm\` made.`,
      { path },
    );
  }
  requireFields(path, "model", model, MODEL);
  requireFields(path, "training", training, TRAINING);
  requireFields(path, "data", data, { name: "text", sha256: "text", characters: "whole", tokens: "whole" });
  const tokens = tokensFromJson(json, path);
  if (tokens.size !== model.vocabularySize) {
    throw new CheckpointError(
      `${printable(path)}: its vocabulary has ${tokens.size} tokens and its model ${model.vocabularySize}; the vocabulary is another model's.`,
      { path },
    );
  }
  return { description: description as unknown as LmDescription, tokens };
}

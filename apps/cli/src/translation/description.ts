import { CheckpointError } from "@throughtime/core";
import {
  type Tokenizer,
  type TokenVocabulary,
  type TokenVocabularyJson,
  tokenVocabularyFromJson,
} from "@throughtime/text";
import type { EverySteps, Json } from "@throughtime/train";
import { type Kind, requireFields } from "../training/described.js";
import { OPTIMIZERS } from "../training/optimizer.js";
import { CELLS, SCHEDULES } from "../training/settings.js";
import { ATTENTIONS, DECODERS, ENCODERS, type NetworkDescription, TIES } from "./network.js";
import type { TaskSettings } from "./tasks/task.js";
import { type TokenSettings, tokenizerOf } from "./tokens.js";

/** How a translator is trained. */
export type TrainingSettings = {
  /** Sentence pairs in a batch at most, and places (words and padding of both sides) at most; null for no limit. */
  readonly batch: number;
  readonly batchTokens: number | null;
  /** Pairs with more tokens on a side are left out. */
  readonly maxLength: number;
  /** Updates in all, and the passes over the pairs that they were said in, if they were. */
  readonly steps: number;
  readonly epochs: number | null;
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly learningRate: number;
  readonly schedule: (typeof SCHEDULES)[number];
  readonly warmUp: number;
  readonly weightDecay: number;
  /** The gradient's largest norm; 0 for none. */
  readonly clip: number;
  readonly seed: number;
  /** Shares of the pairs that are kept apart. */
  readonly validation: number;
  readonly test: number;
  readonly validateEvery: EverySteps;
  /** Validations without a new lowest loss before it stops; 0 for never. */
  readonly patience: number;
};

/** Which pairs it is trained on. */
export type PairSettings = {
  readonly name: string;
  /** What makes the pairs; null where they stand in files. */
  readonly task: TaskSettings | null;
  /** Of all pairs, in their order: a checkpoint's cursor means nothing in others. */
  readonly sha256: string;
  /** Training pairs in an epoch. */
  readonly pairs: number;
  /** Training pairs that are left out: those with a blank side, and those with more tokens on a side than are learned from. */
  readonly leftOut: LeftOut;
  readonly stepsPerEpoch: number;
  /** The share of places in an epoch's batches that are padding. */
  readonly padding: number;
};

/** Pairs that are left out, by the reason. */
export type LeftOut = { readonly blank: number; readonly tooLong: number };

/** One side of the pairs: how text becomes ids. */
export type SideSettings = { readonly tokens: TokenSettings; readonly vocabulary: TokenVocabularyJson };

/** All that stands in a checkpoint beside the tensors. */
export type TranslatorDescription = {
  readonly task: "translation";
  readonly model: NetworkDescription;
  readonly training: TrainingSettings;
  readonly data: PairSettings;
  readonly source: SideSettings;
  readonly target: SideSettings;
};

/** One side, ready to use. */
export interface Side {
  readonly tokenizer: Tokenizer;
  readonly vocabulary: TokenVocabulary;
}

export const sideOf = ({ tokens, vocabulary }: SideSettings): Side => ({
  tokenizer: tokenizerOf(tokens),
  vocabulary: tokenVocabularyFromJson(vocabulary),
});

const MODEL: Readonly<Record<string, Kind>> = {
  ...{ cell: CELLS, encoder: ENCODERS, decoder: DECODERS, attention: ATTENTIONS, tied: TIES },
  ...{ embeddingSize: "count", hiddenSize: "count", layers: "count", readoutSize: { orNull: "count" } },
  ...{ sourceVocabularySize: "count", targetVocabularySize: "count", labelSmoothing: "number" },
  ...{ dropout: "number", outputDropout: "number", masks: ["step", "sequence"] },
};

const TRAINING: Readonly<Record<string, Kind>> = {
  ...{ batch: "count", batchTokens: { orNull: "count" }, maxLength: "count", steps: "whole" },
  ...{ epochs: { orNull: "number" }, optimizer: OPTIMIZERS, learningRate: "number", schedule: SCHEDULES },
  ...{ warmUp: "whole", weightDecay: "number", clip: "number", seed: "whole" },
  ...{ validation: "number", test: "number", patience: "whole" },
};

/** A checkpoint's description, if it is one of a translator. Throws CheckpointError otherwise. */
export function readTranslator(description: Json, path: string): TranslatorDescription {
  const { task, model, training, data, source, target } = (description ??
    {}) as unknown as Partial<TranslatorDescription>;
  if (task !== "translation" || !model || !training || !source || !target) {
    throw new CheckpointError(
      `${path}: it is a checkpoint, but not of a translator that \`throughtime train translate\` made.`,
      { path },
    );
  }
  requireFields(path, "model", model, MODEL);
  requireFields(path, "training", training, TRAINING);
  requireFields(path, "data", data, { name: "text", sha256: "text", pairs: "whole", stepsPerEpoch: "whole" });
  const sizes = { source: model.sourceVocabularySize, target: model.targetVocabularySize };
  for (const [side, { vocabulary }] of Object.entries({ source, target })) {
    const { size } = tokenVocabularyFromJson(vocabulary);
    const expected = sizes[side as keyof typeof sizes];
    if (size === expected) continue;
    throw new CheckpointError(
      `${path}: its ${side} vocabulary has ${size} tokens and its model ${expected}; the vocabulary is another model's.`,
      { side, size, expected },
    );
  }
  return description as unknown as TranslatorDescription;
}

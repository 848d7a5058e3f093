import {
  CELLS,
  fromFile,
  type Kind,
  readCodec,
  requireFields,
  requireSize,
  requireTask,
  type Saved,
} from "@throughtime/task";
import type { TextCodec, TextCodecJson } from "@throughtime/text";
import { type Network, network, networkSize } from "./network.js";
import { ATTENTIONS, DECODERS, ENCODERS, MASKS, type NetworkDescription, TIES } from "./settings.js";

/** What model files and messages call translation. */
export const TRANSLATION = {
  kind: "translation",
  noun: "translator",
  loader: "loadTranslator of @throughtime/seq2seq",
} as const;

/** Pairs that need no file, as a model file names them: enough to make them again. */
export type DatasetSettings =
  | { readonly name: "reverse" | "dates"; readonly seed: number }
  | { readonly name: "emoji-names"; readonly from: string; readonly to: string };

/** Shares of the pairs that are kept apart. */
export type Shares = { readonly validation: number; readonly test: number };

/** Pairs that are left out, by the reason. */
export type LeftOut = { readonly blank: number; readonly tooLong: number };

/** Which pairs a model learned. */
export type PairSettings = {
  readonly name: string;
  /** What makes the pairs; null where they stand in files. */
  readonly task: DatasetSettings | null;
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

/** What a translator's file keeps beside its tensors. Plain JSON. */
export type TranslatorJson = {
  readonly model: NetworkDescription;
  readonly data: PairSettings;
  readonly source: TextCodecJson;
  readonly target: TextCodecJson;
};

/** How large a batch may be. */
export interface BatchLimits {
  /** Sentence pairs at most. */
  readonly batch: number;
  /** Places at most, words and padding of both sides; null for no limit. */
  readonly batchTokens: number | null;
}

/** A translator's file, read: all that it is used by, beside its parameters. */
export interface TranslatorDescription extends Omit<TranslatorJson, "source" | "target"> {
  /** The network that `model` describes. */
  readonly network: Network;
  readonly source: TextCodec;
  readonly target: TextCodec;
  /** How its training was done, as far as measuring goes by it. */
  readonly training: BatchLimits & Shares;
}

const MODEL: Readonly<Record<string, Kind>> = {
  ...{ cell: CELLS, encoder: ENCODERS, decoder: DECODERS, attention: ATTENTIONS, tied: TIES, masks: MASKS },
  ...{ embeddingSize: "count", hiddenSize: "count", layers: "count", readoutSize: { orNull: "count" } },
  ...{ sourceVocabularySize: "count", targetVocabularySize: "count", labelSmoothing: "number" },
  ...{ dropout: "number", outputDropout: "number" },
};

const DATA: Readonly<Record<string, Kind>> = {
  ...{ name: "text", sha256: "text", pairs: "whole", stepsPerEpoch: "count", padding: "number" },
};

const TRAINING: Readonly<Record<string, Kind>> = {
  ...{ batch: "count", batchTokens: { orNull: "count" }, validation: "number", test: "number" },
};

type Described = Readonly<Record<string, unknown>>;

/**
 * What stands in a translator's file, of this version or an earlier one. Throws CheckpointError where the file is of another task, its
 * description is not what any version writes, or is not that of the tensors beside it.
 */
export function readTranslator(file: Saved): TranslatorDescription {
  requireTask(file, TRANSLATION);
  const { path, checkpoint } = file;
  const { model, data, source, target, options, training } = checkpoint.description as Described;
  requireFields(path, "model", model, MODEL);
  const described = model as NetworkDescription;
  // The size is an estimate: a half and the double of it are far from what a hostile file would say.
  const size = networkSize(described);
  requireSize(path, checkpoint.params, size / 2, 2 * size + 1000);
  requireFields(path, "data", data, DATA);
  const pairs = data as PairSettings;
  requireFields(path, "data.leftOut", pairs.leftOut, { blank: "whole", tooLong: "whole" });
  requireDataset(path, pairs.task);
  // What an earlier version wrote says of its training what is now among the options.
  const [at, trained] = options === undefined ? (["training", training] as const) : (["options", options] as const);
  const { batchTokens = null, ...rest } = (trained ?? {}) as TranslatorDescription["training"];
  requireFields(path, at, { ...rest, batchTokens }, TRAINING);
  const { batch, validation, test } = rest;
  return {
    ...{ model: described, network: fromFile(path, "model", () => network(described)) },
    ...{ data: pairs, training: { batch, batchTokens, validation, test } },
    source: readCodec(path, "source", source, described.sourceVocabularySize),
    target: readCodec(path, "target", target, described.targetVocabularySize),
  };
}

function requireDataset(path: string, task: DatasetSettings | null | undefined): void {
  if (task === null || task === undefined) return;
  requireFields(path, "data.task", task, { name: ["reverse", "dates", "emoji-names"] });
  const names = task.name === "emoji-names";
  requireFields(path, "data.task", task, names ? { from: "text", to: "text" } : { seed: "whole" });
}

import { CheckpointError } from "@throughtime/core";
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
import { readFrozenDescription, readPreprocessing } from "@throughtime/vision";
import { type CaptionNetwork, captionNetwork, captionNetworkSize } from "./network.js";
import { ATTENTIONS, type CaptionerModel, type FrozenSettings, frozenDescription, IMAGE_PLACES } from "./settings.js";

/** What model files and messages call captioning. */
export const CAPTIONING = {
  kind: "captioning",
  noun: "captioner",
  loader: "loadCaptioner of @throughtime/captioning",
} as const;

/** Data that need no file, as a model file names them: enough to make them again. Plain JSON. */
export type DataSettings =
  | { readonly name: "scenes"; readonly kind: "pair" | "crowd" }
  | {
      readonly name: "emoji";
      readonly language: string;
      readonly split: "drawing" | "concept";
      readonly artist: string;
    };

/** Which pictures a captioner learned. Plain JSON. */
export type CaptionedData = {
  readonly name: string;
  /** What makes them; null where they stand in files. */
  readonly settings: DataSettings | null;
  /** Of all pictures' names and captions, in their order. */
  readonly sha256: string;
  /** Pictures to train on, and captions of them in an epoch. */
  readonly pictures: number;
  readonly captions: number;
};

/** What a captioner's file keeps beside its tensors. Plain JSON. */
export type CaptionerJson = {
  readonly model: CaptionerModel;
  readonly data: CaptionedData;
  readonly captions: TextCodecJson;
};

/** A captioner's file, read: all that it is used by, beside its parameters. */
export interface CaptionerDescription {
  readonly model: CaptionerModel;
  readonly data: CaptionedData;
  readonly network: CaptionNetwork;
  readonly codec: TextCodec;
  /** Shares of the pictures that were kept apart, where the data do not say it. */
  readonly shares: { readonly validation: number; readonly test: number };
}

const MODEL: Readonly<Record<string, Kind>> = {
  ...{ attention: ATTENTIONS, image: IMAGE_PLACES, cell: CELLS, vocabularySize: "count" },
  ...{ hiddenSize: "count", embeddingSize: "count", attentionSize: "count", penalty: "number", dropout: "number" },
  ...{ reinforce: "number", entropy: "number" },
};

const DATA: Readonly<Record<string, Kind>> = { name: "text", sha256: "text", pictures: "whole", captions: "whole" };

type Described = Readonly<Record<string, unknown>>;

/**
 * What stands in a captioner's file. Throws CheckpointError where the file is of another task, its description is not what this version
 * writes, or is not that of the tensors beside it.
 */
export function readCaptioner(file: Saved): CaptionerDescription {
  requireTask(file, CAPTIONING);
  const { path, checkpoint } = file;
  const { model, data, captions, options } = checkpoint.description as Described;
  requireFields(path, "model", model, MODEL);
  const { encoder, preprocessing } = model as Partial<CaptionerModel>;
  requireFields(path, "model.encoder", encoder, { kind: ["cnn", "onnx"] });
  if (encoder?.kind === "cnn") requireWidths(path, encoder.widths);
  else
    fromFile(path, "encoder", () =>
      readFrozenDescription(frozenDescription(encoder as FrozenSettings, preprocessing as never)),
    );
  const described = {
    ...(model as CaptionerModel),
    preprocessing: fromFile(path, "preprocessing", () => readPreprocessing(preprocessing)),
  };
  // The size is an estimate: a half and the double of it are far from what a hostile file would say.
  const size = fromFile(path, "model", () => captionNetworkSize(described));
  requireSize(path, checkpoint.params, size / 2, 2 * size + 1000);
  requireFields(path, "data", data, DATA);
  requireSettings(path, (data as CaptionedData).settings);
  requireFields(path, "options", options, { validation: "number", test: "number" });
  const { validation, test } = options as CaptionerDescription["shares"];
  return {
    ...{ model: described, data: data as CaptionedData, shares: { validation, test } },
    network: fromFile(path, "model", () => captionNetwork(described)),
    codec: readCodec(path, "captions", captions, described.vocabularySize),
  };
}

function requireSettings(path: string, settings: DataSettings | null | undefined): void {
  if (settings === null) return;
  requireFields(path, "data.settings", settings, { name: ["scenes", "emoji"] });
  const emoji: Readonly<Record<string, Kind>> = { language: "text", split: ["drawing", "concept"], artist: "text" };
  requireFields(path, "data.settings", settings, settings?.name === "emoji" ? emoji : { kind: ["pair", "crowd"] });
}

function requireWidths(path: string, widths: unknown): void {
  const right = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  if (Array.isArray(widths) && widths.length > 0 && widths.every(right)) return;
  throw new CheckpointError(
    `${path}: its description is not of this version: model.encoder.widths is not a list of whole numbers from 1.`,
    { path, field: "model.encoder.widths" },
  );
}

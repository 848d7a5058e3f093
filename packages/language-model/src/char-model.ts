import {
  type AnyCell,
  type Cell,
  cellSize,
  type DropoutNoise,
  dropout,
  type GruParams,
  gru,
  type LstmParams,
  lstm,
  type RecurrentNoise,
  type RnnParams,
  rnn,
  stacked,
} from "@throughtime/cells";
import { OptionError, optionsOf, type Tensor } from "@throughtime/core";
import { requirePositive } from "@throughtime/nn";
import { languageModel } from "./language-model.js";
import type { LanguageModel, LanguageModelParams } from "./model.js";

/** A character model as plain JSON: what a checkpoint says of it. */
export type CharModelDescription = {
  readonly cell: "lstm" | "gru" | "rnn";
  /** V: how many characters there are. */
  readonly vocabularySize: number;
  /** H, of every layer. */
  readonly hiddenSize: number;
  /** Default 1. */
  readonly layers?: number;
  /** Numbers per character. Default: hiddenSize. */
  readonly embeddingSize?: number;
  /** The rate at which each layer's outputs drop out while training. Default 0. */
  readonly dropout?: number;
};

/** One entry for each layer. */
export type CharModelParams = LanguageModelParams<(RnnParams | LstmParams | GruParams)[]>;
export type CharModelState = { h: Tensor; c?: Tensor }[];
/** Each layer's masks; empty where the model has no dropout. */
export type CharModelNoise = DropoutNoise<RecurrentNoise>[];

export interface CharModel extends LanguageModel<CharModelParams, CharModelState, CharModelNoise> {
  /** The description with every default filled in: charModel(model.description) is this model. */
  readonly description: Required<CharModelDescription>;
}

const CELLS: Readonly<Record<string, (sizes: { inputSize: number; hiddenSize: number }) => AnyCell>> = {
  lstm,
  gru,
  rnn,
};

/**
 * A model of text, character by character, from its plain description: layers of one standard cell, with dropout
 * between and above them, as in Karpathy's char-rnn (2015) and Zaremba, Sutskever & Vinyals 2014. Throws OptionError where the description is not one.
 *
 * @example charModel({ cell: "lstm", vocabularySize: 65, hiddenSize: 256, layers: 2, dropout: 0.2 })
 */
export function charModel(given: CharModelDescription): CharModel {
  const description = complete(given);
  const { vocabularySize, embeddingSize, hiddenSize, layers, dropout: rate } = description;
  const make = CELLS[description.cell] as (typeof CELLS)[string];
  const cells = Array.from({ length: layers }, (_, layer): AnyCell => {
    const cell = make({ inputSize: layer === 0 ? embeddingSize : hiddenSize, hiddenSize });
    return rate > 0 ? dropout(cell, { output: rate }) : cell;
  });
  const cell = stacked(cells) as unknown as Cell<CharModelParams["cell"], CharModelState, CharModelNoise>;
  return { ...languageModel({ vocabularySize, cell }), description };
}

/**
 * How many parameters a model of this description has: what to check before memory is asked for. Throws OptionError where
 * the description is not one.
 */
export function charModelSize(given: CharModelDescription): number {
  const { cell, vocabularySize: V, embeddingSize: E, hiddenSize: H, layers } = complete(given);
  const layer = (inputSize: number) => cellSize((CELLS[cell] as (typeof CELLS)[string])({ inputSize, hiddenSize: H }));
  return V * E + layer(E) + (layers - 1) * layer(H) + (H + 1) * V;
}

const OPTIONS = ["cell", "vocabularySize", "hiddenSize", "layers", "embeddingSize", "dropout"] as const;

function complete(given: CharModelDescription): Required<CharModelDescription> {
  optionsOf("charModel", given, ...OPTIONS);
  const { cell, vocabularySize, hiddenSize, layers = 1, embeddingSize = hiddenSize, dropout: rate = 0 } = given;
  if (!Object.hasOwn(CELLS, cell)) {
    throw new OptionError(
      `charModel: cell is ${JSON.stringify(cell)}; expected one of ${Object.keys(CELLS).join(", ")}. For a cell of your own use languageModel().`,
      { cell },
    );
  }
  requirePositive("charModel", { vocabularySize, hiddenSize, layers, embeddingSize });
  if (!(rate >= 0 && rate < 1)) {
    throw new OptionError(`charModel: dropout must be in [0, 1), received ${rate}.`, { dropout: rate });
  }
  return { cell, vocabularySize, embeddingSize, hiddenSize, layers, dropout: rate };
}

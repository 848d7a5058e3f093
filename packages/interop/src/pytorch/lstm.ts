import type { NdArray } from "@throughtime/core";
import {
  type Module,
  type RecurrentImportOptions,
  readLayers,
  type StateDictOptions,
  writeLayers,
} from "./recurrent.js";
import type { NamedTensors } from "./tensors.js";

/** One layer of a cell `lstm`. W: [D, 4H], U: [H, 4H], b: [4H], with the gates i f o g. */
export type LstmWeights = { W: NdArray; U: NdArray; b: NdArray };

const LSTM: Module = { name: "nn.LSTM", theirs: ["i", "f", "g", "o"], ours: ["i", "f", "o", "g"] };

/**
 * The parameters of an nn.LSTM, an entry for each layer, as `stacked` takes them. Its two biases are added up; without
 * biases they are 0. Throws CheckpointError where a tensor is missing or has another shape, and for bidirectional or
 * projected modules.
 *
 * @example const [params] = lstmFromPyTorch(decodeSafetensors(file).tensors, { prefix: "rnn." });
 */
export const lstmFromPyTorch = (tensors: NamedTensors, options: RecurrentImportOptions = {}): LstmWeights[] =>
  readLayers(LSTM, tensors, options);

/**
 * The state_dict of an nn.LSTM with these layers; `b` becomes bias_ih, and bias_hh is 0. Throws OptionError where the
 * parameters are not those of an lstm, also for peepholes, which nn.LSTM does not have.
 */
export const lstmToPyTorch = (
  layers: readonly LstmWeights[],
  options: StateDictOptions = {},
): Record<string, NdArray> => writeLayers(LSTM, layers, options);

import type { NdArray } from "@throughtime/core";
import {
  type Module,
  type RecurrentImportOptions,
  readLayers,
  type StateDictOptions,
  writeLayers,
} from "./recurrent.js";
import type { NamedTensors } from "./tensors.js";

/** One layer of a cell `rnn`. W: [D, H], U: [H, H], b: [H]. */
export type RnnWeights = { W: NdArray; U: NdArray; b: NdArray };

const RNN: Module = { name: "nn.RNN", theirs: ["h"], ours: ["h"] };

/**
 * The parameters of an nn.RNN, an entry for each layer, as `stacked` takes them. Its two biases are added up. A state_dict
 * does not say whether it is for tanh or relu. Throws CheckpointError where a tensor is missing or has another shape, and
 * for bidirectional modules.
 */
export const rnnFromPyTorch = (tensors: NamedTensors, options: RecurrentImportOptions = {}): RnnWeights[] =>
  readLayers(RNN, tensors, options);

/**
 * The state_dict of an nn.RNN with these layers; `b` becomes bias_ih, and bias_hh is 0. Throws OptionError where the
 * parameters are not those of an rnn.
 */
export const rnnToPyTorch = (layers: readonly RnnWeights[], options: StateDictOptions = {}): Record<string, NdArray> =>
  writeLayers(RNN, layers, options);

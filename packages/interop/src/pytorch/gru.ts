import type { NdArray } from "@throughtime/core";
import {
  type Module,
  type RecurrentImportOptions,
  readLayers,
  type StateDictOptions,
  writeLayers,
} from "./recurrent.js";
import type { NamedTensors } from "./tensors.js";

/** One layer of a cell `gru` with reset "after". W: [D, 3H], U: [H, 3H], b: [3H], with the gates z r n; bn: [H]. */
export type GruWeights = { W: NdArray; U: NdArray; b: NdArray; bn: NdArray };

const GRU: Module = { name: "nn.GRU", theirs: ["r", "z", "n"], ours: ["z", "r", "n"], apart: "n" };

/**
 * The parameters of an nn.GRU, an entry for each layer, as `stacked` takes them. The biases of z and r are added up; those
 * of n stay apart (b and bn), for its reset gate acts on one of them. Throws CheckpointError where a tensor is missing or
 * has another shape, and for bidirectional modules.
 */
export const gruFromPyTorch = (tensors: NamedTensors, options: RecurrentImportOptions = {}): GruWeights[] =>
  readLayers(GRU, tensors, options) as GruWeights[];

/**
 * The state_dict of an nn.GRU with these layers. Throws OptionError where the parameters are not those of a gru with reset
 * "after": nn.GRU computes no other.
 */
export const gruToPyTorch = (layers: readonly GruWeights[], options: StateDictOptions = {}): Record<string, NdArray> =>
  writeLayers(GRU, layers, options);

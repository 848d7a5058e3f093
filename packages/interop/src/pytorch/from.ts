import { CheckpointError, type NdArray, printable, zerosArray } from "@throughtime/core";
import { mergeBiases, orderOf, reordered } from "../cells/gates.js";
import { type CellArrays, type GatedLayout, mapCells, type Place, type ReadableCell } from "../cells/layout.js";
import { type NamedTensors, take, transposed } from "../tensors.js";
import {
  checkModules,
  moduleName,
  type StateDictOptions,
  type TensorNames,
  TORCH_GATES,
  tensorNames,
} from "./modules.js";

/**
 * The parameters of a cell from the state_dict of the PyTorch module that computes the same: nn.RNN, nn.LSTM or nn.GRU, of
 * one layer or a stack, in one direction or both, with proj_size or without, or an nn.LSTMCell and its kin. `cell` is what
 * shall run here, of the module's sizes; wrappers such as `residual` and `dropout` have no weights of their own.
 *
 * PyTorch's two biases are added up where the cell has one, but for those of a GRU's n, whose reset gate stands between them; a
 * cell with `biases: "two"` keeps both. Where the module has none, they are 0.
 *
 * Throws CheckpointError where a tensor is missing, has another shape, or is there and has no place in the cell; OptionError
 * for a cell that PyTorch has no module for.
 *
 * @example
 * const layer = (inputSize: number) => bidirectional({ forward: lstm({ inputSize, hiddenSize: 64 }), backward: lstm({ inputSize, hiddenSize: 64 }) });
 * const params = fromPyTorch(decodeSafetensors(file).tensors, stacked([layer(32), layer(128)]), { prefix: "rnn." });
 */
export function fromPyTorch<P>(tensors: NamedTensors, cell: ReadableCell<P>, options: StateDictOptions = {}): P {
  const who = "fromPyTorch";
  const taken = new Set<string>();
  const prefixes = new Set<string>();
  checkModules(who, cell, options);
  const params = mapCells(who, cell, (layout, place) => {
    const names = namesIn(tensors, place, options);
    prefixes.add(names.prefix);
    const read = (part: string, shape: readonly number[]): NdArray => {
      taken.add(names.of(part));
      return take(`${moduleName(layout)} from PyTorch`, tensors, names.of(part), shape);
    };
    return readCell(layout, orderOf(who, layout, TORCH_GATES), read, (part) => Object.hasOwn(tensors, names.of(part)));
  });
  for (const prefix of prefixes) refuseRest(tensors, prefix, taken);
  return params as P;
}

function readCell(
  layout: GatedLayout,
  theirs: readonly string[],
  read: (part: string, shape: readonly number[]) => NdArray,
  has: (part: string) => boolean,
): CellArrays {
  const { gates: ours, inputSize: D, hiddenSize: H, outputSize: R } = layout;
  const rows = ours.length * H;
  // Another hidden size is seen first where it says itself.
  const U = read("weight_hh", [rows, R]);
  const W = read("weight_ih", [rows, D]);
  const biased = layout.biases !== "none" && (has("bias_ih") || has("bias_hh"));
  const bias = (part: string) => (biased ? reordered(read(part, [rows]), theirs, ours) : zerosArray([rows], W.dtype));
  return {
    W: transposed(reordered(W, theirs, ours)),
    U: transposed(reordered(U, theirs, ours)),
    ...mergeBiases(layout, { input: bias("bias_ih"), recurrent: bias("bias_hh") }),
    ...(R < H ? { Wr: transposed(read("weight_hr", [R, H])) } : {}),
  };
}

/** The names of an nn.LSTM, or where there are only those of an nn.LSTMCell, these. */
function namesIn(tensors: NamedTensors, place: Place, options: StateDictOptions): TensorNames {
  const names = tensorNames(place, options, "module");
  const cell = tensorNames(place, options, "cell");
  const isCell =
    place.direction === "only" &&
    !Object.hasOwn(tensors, names.of("weight_hh")) &&
    Object.hasOwn(tensors, cell.of("weight_hh")) &&
    (place.layer === 0 || typeof options.prefix === "function");
  return isCell ? cell : names;
}

/** What belongs to the module, and was not asked for, would be lost silently. */
function refuseRest(tensors: NamedTensors, prefix: string, taken: ReadonlySet<string>): void {
  const own = /^(?:(weight|bias)_(ih|hh)|weight_hr)(?:_l(\d+)(_reverse)?)?$/;
  for (const name of Object.keys(tensors)) {
    const match = name.startsWith(prefix) && !taken.has(name) ? own.exec(name.slice(prefix.length)) : null;
    if (!match) continue;
    const [, kind, , layer, reverse] = match;
    const what = reverse
      ? "a second direction: wrap the cells in bidirectional"
      : kind === undefined
        ? "a projection: build the lstm with projectionSize"
        : kind === "bias" && taken.has(name.replace("bias_", "weight_"))
          ? 'a bias, and the cell has none: build it without biases: "none"'
          : `layer ${layer ?? 0}, which the cell does not have: use stacked`;
    throw new CheckpointError(`fromPyTorch: ${printable(name)} belongs to ${what}.`, { name });
  }
}

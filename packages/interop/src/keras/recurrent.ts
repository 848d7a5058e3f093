import { CheckpointError, type NdArray, OptionError, printable, zerosArray } from "@throughtime/core";
import {
  type BiasPair,
  checkedArrays,
  type GateOrders,
  mergeBiases,
  orderOf,
  reordered,
  splitBiases,
} from "../cells/gates.js";
import {
  type CellArrays,
  type GatedLayout,
  mapCells,
  type Place,
  paramsAt,
  type ReadableCell,
} from "../cells/layout.js";
import { type NamedTensors, plus, take, transposed } from "../tensors.js";
import { defaultPath, findPath, type KerasLayer } from "./paths.js";

/** The gates in Keras' order, side by side in its kernels. */
const KERAS_GATES: GateOrders = {
  rnn: ["h"],
  lstm: ["i", "f", "g", "o"],
  gru: ["z", "r", "n"],
};

/**
 * The parameters of a cell from the weights of Keras layers that compute the same: LSTM, GRU (reset_after=True is reset
 * "after") and SimpleRNN, each alone or in a Bidirectional. `layers`: the name of the layer, or of each layer of a stack,
 * from the first. Of a GRU with reset_after Keras has two biases; they are added up where the cell has one, but for
 * those of n. Where a layer has none, they are 0.
 *
 * Throws CheckpointError where a weight is missing or has another shape; OptionError for a cell that Keras has no layer for.
 *
 * @example
 * const cell = stacked([lstm({ inputSize: 32, hiddenSize: 64 }), lstm({ inputSize: 64, hiddenSize: 64 })]);
 * const params = fromKeras(decodeSafetensors(file).tensors, cell, ["lstm", "lstm_1"]);
 */
export function fromKeras<P>(
  tensors: NamedTensors,
  cell: ReadableCell<P>,
  layers: KerasLayer | readonly KerasLayer[],
): P {
  const who = "fromKeras";
  const names = Object.keys(tensors);
  const layerAt = layersOf(who, cell, layers);
  return mapCells(who, cell, (layout, place) => {
    checkComputed(who, layout);
    const layer = layerAt(place);
    const path = (part: string) => findPath(who, names, layer, place.direction, part);
    const read = (part: string, shape: readonly number[]): NdArray =>
      take(who, tensors, path(part) ?? `${layer}/…/${part}`, shape);
    const { gates: ours } = layout;
    const theirs = orderOf(who, layout, KERAS_GATES);
    const columns = ours.length * layout.hiddenSize;
    const kernel = (part: string, rows: number) =>
      transposed(reordered(transposed(read(part, [rows, columns])), theirs, ours));
    const weights = { W: kernel("kernel", layout.inputSize), U: kernel("recurrent_kernel", layout.hiddenSize) };
    const bias = path("bias");
    if (bias !== undefined && layout.biases === "none") {
      throw new CheckpointError(
        `${who}: ${printable(bias)} is a bias, and the cell has none. Build it without biases: "none".`,
        { name: bias },
      );
    }
    const zeros = zerosArray([columns], weights.W.dtype);
    const pair = bias === undefined ? { input: zeros, recurrent: zeros } : biasPair(layout, read, columns);
    const turned = { input: reordered(pair.input, theirs, ours), recurrent: reordered(pair.recurrent, theirs, ours) };
    return { ...weights, ...mergeBiases(layout, turned) } satisfies CellArrays;
  }) as P;
}

export interface ToKerasOptions {
  /**
   * The paths of all weights of the model, `[w.path for w in model.weights]`, or the names in the file that was read. Default: as
   * Keras names what nobody does, `lstm/lstm_cell/kernel`; layers in a Bidirectional may be numbered.
   */
  readonly paths?: readonly string[];
}

/**
 * The weights of Keras layers that compute what a cell with these parameters does, by their paths. Of two biases a layer with
 * one gets the sum. Throws OptionError where the parameters are not the cell's, and for a cell that Keras has no layer for.
 */
export function toKeras<P>(
  params: P,
  cell: ReadableCell<P>,
  layers: KerasLayer | readonly KerasLayer[],
  { paths }: ToKerasOptions = {},
): Record<string, NdArray> {
  const who = "toKeras";
  const out: Record<string, NdArray> = {};
  const layerAt = layersOf(who, cell, layers);
  mapCells(who, cell, (layout, place) => {
    checkComputed(who, layout);
    const arrays = checkedArrays(who, layout, paramsAt(params, place), place.path);
    const layer = layerAt(place);
    const put = (part: string, array: NdArray): void => {
      const path = paths
        ? findPath(who, paths, layer, place.direction, part)
        : defaultPath(layer, layout, place.direction, part);
      if (path === undefined)
        throw new OptionError(`${who}: ${printable(layer)} has no ${part} among the paths, and the cell has.`, {
          layer,
        });
      out[path] = array;
    };
    const { gates: ours } = layout;
    const theirs = orderOf(who, layout, KERAS_GATES);
    const kernel = (array: NdArray) => transposed(reordered(transposed(array), ours, theirs));
    put("kernel", kernel(arrays.W as NdArray));
    put("recurrent_kernel", kernel(arrays.U as NdArray));
    if (layout.biases === "none") return;
    const { input, recurrent } = splitBiases(layout, arrays);
    const [first, second] = [input, recurrent].map((bias) => reordered(bias, ours, theirs)) as [NdArray, NdArray];
    put("bias", hasTwo(layout) ? stackedRows(first, second) : plus(first, second));
  });
  return out;
}

/** Whether Keras' layer has two biases: [2, 3H]. */
const hasTwo = (layout: GatedLayout): boolean => layout.variant.reset === "after";

function biasPair(
  layout: GatedLayout,
  read: (part: string, shape: readonly number[]) => NdArray,
  columns: number,
): BiasPair {
  if (!hasTwo(layout)) {
    const input = read("bias", [columns]);
    return { input, recurrent: zerosArray([columns], input.dtype) };
  }
  const { data, dtype } = read("bias", [2, columns]);
  const row = (at: number): NdArray => ({
    data: data.slice(at * columns, (at + 1) * columns),
    shape: [columns],
    dtype,
  });
  return { input: row(0), recurrent: row(1) };
}

function stackedRows(a: NdArray, b: NdArray): NdArray {
  const out = zerosArray([2, a.data.length], a.dtype);
  out.data.set(a.data);
  out.data.set(b.data, a.data.length);
  return out;
}

function layersOf(who: string, cell: ReadableCell<unknown>, layers: KerasLayer | readonly KerasLayer[]) {
  const names = typeof layers === "string" ? [layers] : layers;
  let most = 0;
  mapCells(who, cell, (_, { layer }) => {
    most = Math.max(most, layer + 1);
  });
  if (names.length !== most) {
    throw new OptionError(
      `${who}: ${cell.name} has ${most} layers, received ${names.length} names. Give the name of each Keras layer, from the first.`,
      { expected: most, received: names.length },
    );
  }
  return ({ layer }: Place): KerasLayer => names[layer] as string;
}

/** Throws OptionError for a cell that no layer of Keras computes. */
function checkComputed(who: string, layout: GatedLayout): void {
  orderOf(who, layout, KERAS_GATES);
  const { p, Wr } = layout.shapes;
  if (!p && !Wr) return;
  throw new OptionError(`${who}: this lstm has ${p ? "peepholes" : "a projection"}, and Keras' LSTM has none.`, {
    layout,
  });
}

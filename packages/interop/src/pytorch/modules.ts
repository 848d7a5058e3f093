import { OptionError } from "@throughtime/core";
import { type GateOrders, orderOf } from "../cells/gates.js";
import { type GatedLayout, mapCells, type Place, type ReadableCell } from "../cells/layout.js";

/** The gates in PyTorch's order, stacked along the first axis of its weights. */
export const TORCH_GATES: GateOrders = {
  rnn: ["h"],
  lstm: ["i", "f", "g", "o"],
  gru: ["r", "z", "n"],
};

export interface StateDictOptions {
  /**
   * What stands before the names: "encoder.rnn." for encoder.rnn.weight_ih_l0. A function of the layer where each layer is a
   * module of its own, as in an nn.ModuleList: (layer) => `layers.${layer}.`. Default "".
   */
  readonly prefix?: string | ((layer: number) => string);
}

/** "nn.LSTM" */
export const moduleName = ({ cell }: GatedLayout): string => `nn.${cell.toUpperCase()}`;

/** What PyTorch calls the tensors of one cell: `of("weight_ih")` is "encoder.weight_ih_l1_reverse". */
export interface TensorNames {
  readonly prefix: string;
  readonly of: (part: string) => string;
}

/** `style`: "module" for nn.LSTM, "cell" for nn.LSTMCell, whose names end early. */
export function tensorNames(
  { layer, direction }: Place,
  { prefix = "" }: StateDictOptions,
  style: "module" | "cell",
): TensorNames {
  const own = typeof prefix === "function" ? prefix(layer) : prefix;
  const end = `_l${typeof prefix === "function" ? 0 : layer}${direction === "backward" ? "_reverse" : ""}`;
  return { prefix: own, of: (part) => `${own}${part}${style === "cell" ? "" : end}` };
}

/**
 * Throws OptionError for a cell that no module of PyTorch computes, and where the cells of one module are not of one kind and
 * size. Where `prefix` is a function, each layer is a module of its own.
 */
export function checkModules(who: string, cell: ReadableCell<unknown>, { prefix = "" }: StateDictOptions): void {
  const first = new Map<number, GatedLayout>();
  mapCells(who, cell, (layout, { layer }) => {
    orderOf(who, layout, TORCH_GATES);
    const why = notComputed(layout);
    if (why !== undefined) throw new OptionError(`${who}: ${why}: their weights do not mean the same.`, { layout });
    const at = typeof prefix === "function" ? layer : 0;
    const known = first.get(at) ?? layout;
    first.set(at, known);
    if (facts(known) === facts(layout)) return;
    throw new OptionError(
      `${who}: the layers and directions of one module are of one kind and size, but there are ${described(known)} and ${described(layout)}. Where each layer is a module, give a prefix for each: { prefix: (layer) => \`layers.\${layer}.\` }.`,
      { expected: known, received: layout },
    );
  });
}

/** What the cells of one module have in common. */
const facts = ({ inputSize, shapes, ...same }: GatedLayout): string => JSON.stringify([same, Object.keys(shapes)]);

const described = ({ cell, hiddenSize, biases }: GatedLayout): string =>
  `${cell} of ${hiddenSize} with ${biases === "one" ? "one bias" : biases === "two" ? "two biases" : "no bias"}`;

function notComputed(layout: GatedLayout): string | undefined {
  if (layout.variant.reset === "before") return 'nn.GRU resets after the product, and this gru "before"';
  if (layout.shapes.p) return "nn.LSTM has no peepholes, and this lstm has";
  if (layout.variant.activation === "sigmoid") return 'nn.RNN has "tanh" and "relu", and this rnn "sigmoid"';
  return undefined;
}

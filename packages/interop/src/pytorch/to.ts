import { type NdArray, OptionError } from "@throughtime/core";
import { checkedArrays, orderOf, reordered, splitBiases } from "../cells/gates.js";
import { mapCells, paramsAt, type ReadableCell } from "../cells/layout.js";
import { transposed } from "../tensors.js";
import { checkModules, type StateDictOptions, TORCH_GATES, tensorNames } from "./modules.js";

export interface ToPyTorchOptions extends StateDictOptions {
  /** "cell": the names of nn.LSTMCell and its kin, weight_ih for weight_ih_l0. Default "module". */
  readonly names?: "module" | "cell";
}

/**
 * The state_dict of the PyTorch module that computes what a cell with these parameters does, to be loaded with
 * `load_state_dict`. One bias becomes bias_ih, and bias_hh is 0 but for a GRU's n; two are written as they are; for none, the
 * module has bias=False. Throws OptionError where the parameters are not the cell's, and for a cell that PyTorch has
 * no module for.
 */
export function toPyTorch<P>(
  params: P,
  cell: ReadableCell<P>,
  options: ToPyTorchOptions = {},
): Record<string, NdArray> {
  const who = "toPyTorch";
  const { names: style = "module" } = options;
  const out: Record<string, NdArray> = {};
  checkModules(who, cell, options);
  mapCells(who, cell, (layout, place) => {
    if (style === "cell" && (place.direction !== "only" || (place.layer > 0 && typeof options.prefix !== "function"))) {
      throw new OptionError(
        `${who}: an nn.${layout.cell.toUpperCase()}Cell is one layer in one direction. Give each layer a prefix of its own: { prefix: (layer) => "cells." + layer + "." }.`,
        { place },
      );
    }
    const arrays = checkedArrays(who, layout, paramsAt(params, place), place.path);
    const { gates: ours } = layout;
    const theirs = orderOf(who, layout, TORCH_GATES);
    const { of } = tensorNames(place, options, style);
    const { input, recurrent } = splitBiases(layout, arrays);
    const { W, U, Wr } = arrays as { W: NdArray; U: NdArray; Wr?: NdArray };
    out[of("weight_ih")] = reordered(transposed(W), ours, theirs);
    out[of("weight_hh")] = reordered(transposed(U), ours, theirs);
    if (layout.biases !== "none") {
      out[of("bias_ih")] = reordered(input, ours, theirs);
      out[of("bias_hh")] = reordered(recurrent, ours, theirs);
    }
    if (Wr) out[of("weight_hr")] = transposed(Wr);
  });
  return out;
}

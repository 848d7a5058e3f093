import { CheckpointError, OptionError, printable } from "@throughtime/core";
import type { GatedLayout, Place } from "../cells/layout.js";

/** A layer of a Keras model by its name: "lstm_1", or more of its path, "encoder/lstm_1". */
export type KerasLayer = string;

const CELLS: Readonly<Record<string, string>> = { rnn: "simple_rnn", lstm: "lstm", gru: "gru" };

/** Paths of weights below a layer, by what comes after it: "lstm_cell/kernel" → "sequential/lstm_1/lstm_cell/kernel". */
function below(who: string, names: readonly string[], layer: KerasLayer): ReadonlyMap<string, string> {
  const found = names.flatMap((name) => {
    const at = `/${name}`.indexOf(`/${layer}/`);
    return at < 0 ? [] : [{ name, start: name.slice(0, at), rest: name.slice(at + layer.length + 1) }];
  });
  if (new Set(found.map(({ start }) => start)).size > 1) {
    const [one, other] = [...new Set(found.map(({ start }) => `${start}${layer}`))];
    throw new OptionError(
      `${who}: there are two layers named ${printable(layer)}: ${printable(one ?? "")} and ${printable(other ?? "")}. Give more of its path.`,
      { layer },
    );
  }
  return new Map(found.map(({ name, rest }) => [rest, name]));
}

/**
 * The path of one weight of a recurrent layer, found among a model's. `part`: "kernel", "recurrent_kernel" or "bias".
 * undefined: there is none. Throws CheckpointError where the layer is not there, or has directions that the cell has not.
 */
export function findPath(
  who: string,
  names: readonly string[],
  layer: KerasLayer,
  direction: Place["direction"],
  part: string,
): string | undefined {
  const under = below(who, names, layer);
  if (under.size === 0) {
    const shown = [...new Set(names.map((name) => name.split("/").slice(0, 2).join("/")))].slice(0, 20);
    throw new CheckpointError(
      `${who}: no weight stands below ${printable(layer)}. There ${shown.length === 0 ? "are none" : `are: ${shown.map((one) => printable(one)).join(", ")}`}.`,
      { layer },
    );
  }
  const kernels = [...under.keys()].filter((rest) => rest === "kernel" || rest.endsWith("/kernel"));
  const isForward = (rest: string) => rest.startsWith("forward_");
  const wanted =
    direction === "only" ? kernels : kernels.filter((rest) => isForward(rest) === (direction === "forward"));
  const expected = direction === "only" ? 1 : 2;
  if (kernels.length !== expected || wanted.length !== 1) {
    throw new CheckpointError(
      `${who}: ${printable(layer)} has ${kernels.length} kernels (${kernels.map((one) => printable(one)).join(", ")}), and the cell ${direction === "only" ? "reads in one direction" : "is bidirectional"}.`,
      { layer, kernels },
    );
  }
  return under.get((wanted[0] as string).replace(/kernel$/, part));
}

/** The path of one weight of a recurrent layer as Keras names it if nobody does. */
export function defaultPath(
  layer: KerasLayer,
  layout: GatedLayout,
  direction: Place["direction"],
  part: string,
): string {
  const cell = CELLS[layout.cell];
  return `${layer}/${direction === "only" ? "" : `${direction}_${cell}/`}${cell}_cell/${part}`;
}

/** A layer's own weight: "kernel" of a Dense. undefined: there is none. */
export const ownPath = (who: string, names: readonly string[], layer: KerasLayer, part: string): string | undefined =>
  below(who, names, layer).get(part);

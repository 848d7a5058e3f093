import {
  type Dim,
  flattenTree,
  foldIn,
  isTensor,
  type Key,
  OptionError,
  shapeText,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { type LinearParams, linear } from "@throughtime/nn";
import type { HostTree } from "./cell.js";

/** A leaf of a state: its path ("forward.h") and its size per sequence. */
export interface StateLeaf {
  readonly path: string;
  readonly size: number;
}

/** The leaves of a state in the order in which its tree has them. Throws OptionError, of `owner`, for one that is not [B, size]. */
export function stateLeaves(owner: string, initialState: (batch: Dim) => unknown): StateLeaf[] {
  const { leaves, paths } = flattenTree(initialState(1), isTensor);
  return leaves.map(({ shape }, i) => {
    const path = paths[i] as string;
    if (shape.length === 2) return { path, size: shape[1] as number };
    throw new OptionError(`${owner}: the state's ${path} is ${shapeText(shape)}; expected [B, size].`, { path });
  });
}

/** A layer for each leaf of a state, by its path. */
export type LinearStateParams = { [leaf: string]: LinearParams };

export interface LinearStateOptions {
  /** The size of what the state is made of. */
  readonly inputSize: number;
  readonly leaves: readonly StateLeaf[];
  /** What follows the product. Default "tanh". */
  readonly activation?: "tanh" | "none";
}

/** A state made of a vector: leaf_i = tanh(x·W_i + b_i). */
export interface LinearState {
  init(key: Key): HostTree<LinearStateParams>;
  /** x: [B, inputSize] → the leaves, in their order, each [B, size]. */
  apply(params: LinearStateParams, x: Tensor): Tensor[];
}

/** Makes states of vectors, with a layer for each leaf: what a decoder starts with. Throws OptionError where a size is not positive. */
export function linearState({ inputSize, leaves, activation = "tanh" }: LinearStateOptions): LinearState {
  const layers = leaves.map(({ path, size }) => ({ path, layer: linear({ inputSize, outputSize: size }) }));
  return {
    init: (key) => Object.fromEntries(layers.map(({ path, layer }, i) => [path, layer.init(foldIn(key, i))])),
    apply(params, x) {
      return layers.map(({ path, layer }) => {
        const y = layer.apply(params[path] as LinearParams, x);
        return activation === "tanh" ? tanh(y) : y;
      });
    },
  };
}

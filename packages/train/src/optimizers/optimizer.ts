import {
  cast,
  type DType,
  flattenTree,
  isNdArray,
  isTensor,
  mapTree,
  mul,
  type NdArray,
  type Structure,
  type Tensor,
  unflattenTree,
} from "@throughtime/core";
import { requireRange } from "../check.js";
import type { AnyTree } from "../trees.js";
import { checkGroups, type Group, optionsAt } from "./groups.js";

/** What an update is told beside gradients. Both are inputs of the Program, so that changing them never recompiles. */
export interface Now {
  /** The learning rate of this step: an f32 scalar. */
  readonly learningRate: Tensor;
  /** The number of this update, counted from 1: an f32 scalar. */
  readonly step: Tensor;
}

/**
 * An optimizer as a pure value: `init` makes its state on the host, `update` says the next parameters and state in
 * tensor ops, traced into the same Program as loss and gradient. Anything of this shape can be handed to `train`.
 */
export interface Optimizer {
  readonly name: string;
  /** The learning rate that a schedule multiplies. */
  readonly learningRate: number;
  /** Whether the leaf at `path` is updated. False for frozen groups and for what is not f32 or f64. */
  trains(path: string, dtype: DType): boolean;
  /** The state before the first update: the tree of parameters with a record of named arrays at each leaf. */
  init(params: AnyTree): AnyTree;
  /** `params`, `grads` and `state` are trees of tensors; the results have their structures. */
  update<P, S>(params: P, grads: P, state: S, now: Now): { readonly params: P; readonly state: S };
}

/** One optimizer's equations, for one leaf. */
export interface Rule<H> {
  /** The leaf's state before the first update, by name. */
  init(leaf: NdArray, hyper: H): Readonly<Record<string, NdArray | undefined>>;
  /** p: parameter, g: its gradient, s: its state, lr and t: this step's rate and number (scalars). All of p's dtype. */
  update(
    leaf: { readonly p: Tensor; readonly g: Tensor; readonly s: LeafState; readonly lr: Tensor; readonly t: Tensor },
    hyper: H,
  ): { readonly p: Tensor; readonly s: LeafState };
}

export type LeafState = Readonly<Record<string, Tensor>>;

/**
 * Makes an optimizer of a rule for one leaf: applies it over trees, and gives each leaf the options of its group.
 * Throws OptionError where the learning rate is negative or a group names an unknown option.
 */
export function makeOptimizer<H extends object>(
  name: string,
  learningRate: number,
  hyper: H,
  groups: readonly Group<H>[],
  rule: Rule<H>,
): Optimizer {
  requireRange(name, "learningRate", learningRate, 0);
  checkGroups(name, hyper, groups);
  return {
    name,
    learningRate,
    trains: (path, dtype) => !optionsAt(hyper, groups, path, dtype).frozen,
    init: (params) =>
      mapTree(params, isNdArray, (leaf, path) => {
        const { frozen, hyper: own } = optionsAt(hyper, groups, path, leaf.dtype);
        return frozen ? {} : rule.init(leaf, own);
      }),
    update<P, S>(params: P, grads: P, state: S, now: Now) {
      const { leaves, paths, structure } = flattenTree(params, isTensor);
      const gradients = flattenTree(grads, isTensor).leaves;
      const states = statesOf(state, structure);
      const updated = leaves.map((p, i) => {
        const own = optionsAt(hyper, groups, paths[i] as string, p.dtype);
        const s = states[i] as LeafState;
        if (own.frozen) return { p, s };
        const rate =
          own.learningRateMultiple === 1 ? now.learningRate : mul(now.learningRate, own.learningRateMultiple);
        const leaf = { p, g: gradients[i] as Tensor, s, lr: cast(rate, p.dtype), t: cast(now.step, p.dtype) };
        return rule.update(leaf, own.hyper);
      });
      const tree = (of: readonly unknown[]) => unflattenTree(structure, of);
      return { params: tree(updated.map(({ p }) => p)) as P, state: tree(updated.map(({ s }) => s)) as S };
    },
  };
}

/** What stands in a state where the parameters have their leaves. */
function statesOf(state: unknown, structure: Structure): unknown[] {
  if (structure.kind === "leaf") return [state];
  if (structure.kind === "array") return structure.items.flatMap((item, i) => statesOf((state as unknown[])[i], item));
  return structure.items.flatMap((item, i) =>
    statesOf((state as Record<string, unknown>)[structure.keys[i] as string], item),
  );
}

/** Zeros of a leaf's shape and dtype. */
export const zerosLike = ({ data, shape, dtype }: NdArray): NdArray => ({
  data: data.slice().fill(0),
  shape,
  dtype,
});

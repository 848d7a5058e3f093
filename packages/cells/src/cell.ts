import type { Dim, Key, MapTree, NdArray, Tensor, Tree } from "@throughtime/core";
import type { CellLayout } from "./layout.js";
import type { NoiseSource } from "./noise.js";
import type { SequenceOptions, Unrolled } from "./unroll.js";

/** T with host data for tensors. */
export type HostTree<T> = MapTree<T, Tensor, NdArray>;

/** What does not depend on the types of a cell's parameters, state and noise. */
interface CellFacts {
  /** For errors and printing: "lstm". */
  readonly name: string;
  /** D: the size of one input. */
  readonly inputSize: number;
  /** The size of one output; for plain cells that is H. */
  readonly outputSize: number;
  /** How the noise that a step reads is drawn, by `drawNoise`: a tree of N's structure. Absent: there is none. */
  readonly noise?: Tree<NoiseSource>;
  /** The size of the mask `noise.h`, where `step` multiplies the h that enters its products by one. `dropout` of the state needs it. */
  readonly stateMaskSize?: number;
  /** What the parameters are, for readers and writers of other libraries' files. Optional; `gatedCell` makes it. */
  readonly layout?: CellLayout;
}

/**
 * One step of a recurrence: a pure function from a named state and an input to the next state and an output. A cell holds no
 * state, and does not loop over time: `unroll` does.
 *
 * P, S and N are plain trees of tensors, written as `type`s: parameters such as { W, U, b }, a state such as { h, c },
 * noise such as { input }. Every leaf of the state is [B, ...]. A cell without noise leaves N out.
 */
export interface Cell<P, S, N = Tree<Tensor>> extends CellFacts {
  /** First values of the parameters, f32. Equal keys give equal values. */
  init(key: Key): HostTree<P>;
  /** The state before the first input, for B sequences; B may be a named size. */
  initialState(batch: Dim): S;
  /** One step. x: [B, D] → output: [B, outputSize]. Without noise it is the step of inference: whoever calls it in training must pass it. */
  step(params: P, state: S, x: Tensor, noise?: N): [state: S, output: Tensor];
  /**
   * Runs a whole sequence, where there is a better way than the loop over the steps: a wrapper unrolls the cell that it wraps, a
   * standard cell is one operator. Must give what `unrollSteps` gives. `unroll` calls it after checking its arguments.
   */
  unroll?(params: P, xs: Tensor, options: SequenceOptions<S, N>): Unrolled<S>;
}

/** Any cell, whatever the types of its parameters, state and noise: the type for wrappers and models that take every cell. */
export interface AnyCell extends CellFacts {
  init(key: Key): Tree<NdArray>;
  initialState(batch: Dim): Trees;
  step(params: Trees, state: Trees, x: Tensor, noise?: Trees): [state: Trees, output: Tensor];
  unroll?(params: Trees, xs: Tensor, options: SequenceOptions<Trees, Trees>): Unrolled<Trees>;
}
type Trees = Tree<Tensor>;

/**
 * A cell for whole sequences, without a single step: the first output of `bidirectional` depends on the last input.
 * `unroll`, `stacked`, `residual` and `drawNoise` take it as they take a cell.
 */
export interface SequenceCell<P, S, N = Tree<Tensor>> extends CellFacts {
  init(key: Key): HostTree<P>;
  initialState(batch: Dim): S;
  unroll(params: P, xs: Tensor, options: SequenceOptions<S, N>): Unrolled<S>;
}

/** What `unroll` takes. */
export type Unrollable<P, S, N = Tree<Tensor>> = Cell<P, S, N> | SequenceCell<P, S, N>;

/** What `unroll` takes, whatever the types of its parameters, state and noise. */
export type AnyUnrollable = AnyCell | AnySequenceCell;
interface AnySequenceCell extends Omit<AnyCell, "step" | "unroll"> {
  unroll(params: Trees, xs: Tensor, options: SequenceOptions<Trees, Trees>): Unrolled<Trees>;
}

/** What a cell's parameters are: `CellParams<typeof cell>`. */
export type CellParams<C> =
  C extends Cell<infer P, infer _S, infer _N> ? P : C extends SequenceCell<infer P, infer _S, infer _N> ? P : never;
/** What a cell's state is. */
export type CellState<C> =
  C extends Cell<infer _P, infer S, infer _N> ? S : C extends SequenceCell<infer _P, infer S, infer _N> ? S : never;
/** What a cell's noise is. */
export type CellNoise<C> =
  C extends Cell<infer _P, infer _S, infer N> ? N : C extends SequenceCell<infer _P, infer _S, infer N> ? N : never;

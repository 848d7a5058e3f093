import type { CompileStats, DimNames, Key, Tensor } from "@throughtime/core";
import type { AnyTree, Symbolic } from "../trees.js";

/** What a loss is given beside the parameters. All trees of tensors. */
export interface LossInputs<B, C, N> {
  readonly batch: Symbolic<B>;
  /** The state that the batch before this one left; of the structure of train's `carry`. No gradient flows into it. */
  readonly carry: Symbolic<C>;
  /**
   * What train's `noise` drew for this step, "none" in validation, undefined where train is given no `noise`: a model that has some
   * then says so. `unroll` takes all three.
   */
  readonly noise: Symbolic<N> | "none" | undefined;
}

export interface LossResult<C> {
  /** What is minimized: a scalar, a mean over the batch's units. */
  readonly loss: Tensor;
  /** The state after this batch, in the structure, shapes and dtypes of the carry that came in. */
  readonly carry?: Symbolic<C>;
  /** Scalars to report, means over the batch's units. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/**
 * A model and its loss, as a function that is traced: parameters and a batch in, a scalar out. Its parameters stand on
 * the backend, its gradient is taken, and the carry that it returns is what the next batch gets. Being traced, it runs
 * once: Math.random() in it is a constant, and an `if` is decided for all steps.
 */
export type Loss<P, B, C = unknown, N = unknown> = (params: Symbolic<P>, inputs: LossInputs<B, C, N>) => LossResult<C>;

/** Any loss, once the trees' types do not matter any more. */
export type AnyLoss = Loss<unknown, unknown>;

/** Names for the axes of batches, carry and noise: `{ batch: { x: ["T", "B"] } }`. See core's `compile`. */
export interface StepDims {
  readonly batch?: DimNames;
  readonly carry?: DimNames;
  readonly noise?: DimNames;
}

/** What lives on the backend and is consumed and made anew by every step. */
export interface StepState {
  /** The parameters that train; `{}` stands where others have their place. */
  readonly trained: AnyTree;
  readonly optimizer: AnyTree;
  readonly carry: AnyTree;
}

/** One batch, ready to run. */
export interface Item {
  /** What is random for this batch comes from it. */
  readonly key: Key;
  readonly batch: AnyTree;
  readonly noise: AnyTree;
  readonly units: number;
  readonly reset: boolean;
}

/** What a step found out. */
export interface Measures {
  readonly loss: number;
  /** The global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly state: StepState;
  /** Waits for the step's scalars and brings them to the host; once. */
  read(): Promise<Measures>;
}

/** Runs training steps on one backend. */
export interface Stepper {
  /** Consumes `state`. `step` counts updates from 1. */
  run(
    state: StepState,
    items: readonly Item[],
    now: { readonly learningRate: number; readonly step: number },
  ): Promise<Outcome>;
  /** What was compiled so far. */
  stats(): readonly CompileStats[];
  release(): void;
}

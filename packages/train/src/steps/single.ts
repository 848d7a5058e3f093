import { type Backend, compile, release, type Tensor } from "@throughtime/core";
import type { Clip } from "../clip.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { AnyTree } from "../trees.js";
import type { AnyLoss, Item, Measures, StepDims, Stepper, StepState } from "./contract.js";
import { applyGradients, lossAndGradients } from "./gradients.js";
import { readScalars } from "./read.js";

export interface StepperOptions {
  readonly backend: Backend;
  readonly loss: AnyLoss;
  readonly optimizer: Optimizer;
  readonly clip?: Clip | undefined;
  readonly dims?: StepDims | undefined;
  /** The parameters that do not train, on the backend. */
  readonly frozen: AnyTree;
  /** The carry of a batch that continues none, on the host. */
  readonly carry: AnyTree;
}

interface Inputs {
  readonly batch: unknown;
  readonly noise: unknown;
  readonly learningRate: Tensor;
  readonly step: Tensor;
}

/** A training step as one Program and one call: forward, backward, clipping, update; the state is donated. */
export function singleStepper(options: StepperOptions): Stepper {
  const { backend, loss, frozen, dims } = options;
  const step = compile(
    backend,
    (state: StepState, fixed: AnyTree, { batch, noise, learningRate, step: t }: Inputs) => {
      const [value, grads] = lossAndGradients(loss, state.trained, fixed, { batch, carry: state.carry, noise });
      const { gradientNorm, ...updated } = applyGradients(options, state, grads, { learningRate, step: t });
      const measures = { loss: value.loss, gradientNorm, metrics: value.metrics };
      return { state: { ...updated, carry: value.carry }, measures };
    },
    { donate: 0, dims: [{ carry: dims?.carry }, null, { batch: dims?.batch, noise: dims?.noise }] },
  );
  return {
    async run(state, items, now) {
      const { batch, noise, reset } = items[0] as Item;
      const carry = reset ? options.carry : state.carry;
      if (reset) release(backend, state.carry);
      const result = await step({ ...state, carry }, frozen, { batch, noise, ...now });
      return { state: result.state, read: () => readScalars<Measures>(backend, result.measures) };
    },
    stats: () => step.stats(),
    release: () => step.release(),
  };
}

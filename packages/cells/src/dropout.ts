import { OptionError, optionsOf, type Tensor, type Tree } from "@throughtime/core";
import { requireOneOf } from "@throughtime/nn";
import type { Cell } from "./cell.js";
import { masked, maskSource, type NoiseSource } from "./noise.js";
import { requireCell, unrollSteps, unrollWith } from "./unroll.js";

export interface DropoutOptions {
  /** Rate for the cell's input. Default 0. */
  readonly input?: number;
  /** Rate for the cell's output; its state is untouched. Default 0. */
  readonly output?: number;
  /** Rate for the h that enters the cell's recurrent products. Default 0. */
  readonly state?: number;
  /** "step": new masks at every step. "sequence": one mask each for the whole sequence. Default "step". */
  readonly masks?: NoiseSource["per"];
}

/** The masks that the rates ask for, and the wrapped cell's own noise. */
export type DropoutNoise<N> = { input?: Tensor; output?: Tensor; state?: Tensor; cell: N };

/**
 * A cell with dropout on its input, output or recurrent connections. Parameters and state are the wrapped cell's. Without noise
 * it computes what the wrapped cell does: a mask scales the values that it keeps by 1 / (1 − rate).
 *
 * With masks "step" and rates for input and output this is Zaremba, Sutskever & Vinyals 2014, "Recurrent neural network
 * regularization"; with masks "sequence", and the same rate for state, the variational dropout of Gal & Ghahramani 2016,
 * "A theoretically grounded application of dropout in recurrent neural networks".
 *
 * Throws OptionError where a rate is outside [0, 1), or where `state` is asked of a cell that cannot mask its h (wrap the
 * cells of a stack one by one).
 */
export function dropout<P, S, N>(cell: Cell<P, S, N>, options: DropoutOptions): Cell<P, S, DropoutNoise<N>> {
  requireCell("dropout: the cell", cell);
  const {
    input = 0,
    output = 0,
    state = 0,
    masks = "step",
  } = optionsOf("dropout", options, "input", "output", "state", "masks");
  for (const [name, rate] of Object.entries({ input, output, state })) {
    if (!(rate >= 0 && rate < 1))
      throw new OptionError(`dropout: the rate for ${name} must be in [0, 1), received ${rate}.`, { [name]: rate });
  }
  requireOneOf("dropout", { masks }, ["step", "sequence"]);
  if (state > 0 && cell.stateMaskSize === undefined) {
    throw new OptionError(
      `dropout: ${cell.name} has no stateMaskSize, so its recurrent connections cannot be masked. Wrap a stack's cells one by one, or have the cell multiply h by noise.h.`,
      { cell: cell.name },
    );
  }
  const noise: Tree<NoiseSource> = {
    ...(input > 0 ? { input: maskSource({ rate: input, size: cell.inputSize, per: masks }) } : {}),
    ...(output > 0 ? { output: maskSource({ rate: output, size: cell.outputSize, per: masks }) } : {}),
    ...(state > 0 ? { state: maskSource({ rate: state, size: cell.stateMaskSize as number, per: masks }) } : {}),
    cell: cell.noise ?? {},
  };
  const stateNoise = {
    ...(cell.noise as object | undefined),
    h: maskSource({ rate: state, size: cell.stateMaskSize ?? 0, per: masks }),
  };
  const innerNoise = (given: DropoutNoise<N> | undefined): N | undefined =>
    given?.state ? ({ ...given.cell, h: given.state } as N) : given?.cell;

  const step: typeof cell.step = (params, s, x, given) => cell.step(params, s, x, given);
  return {
    name: `dropout(${cell.name})`,
    inputSize: cell.inputSize,
    outputSize: cell.outputSize,
    noise,
    ...(cell.layout ? { layout: cell.layout } : {}),
    init: (key) => cell.init(key),
    initialState: (batch) => cell.initialState(batch),
    step(params, s, x, given) {
      const [next, y] = cell.step(params, s, masked(given?.input, x), innerNoise(given));
      return [next, masked(given?.output, y)];
    },
    // The masks of the inputs and outputs of all steps are applied at once, outside of the loop.
    unroll(params, xs, { noise: given, ...rest }) {
      const inputs = masked(given?.input, xs);
      const { outputs, state: last } = given?.state
        ? unrollSteps({ step, noise: stateNoise }, params, inputs, { ...rest, noise: innerNoise(given) })
        : unrollWith(cell, params, inputs, { ...rest, noise: given?.cell });
      return { outputs: masked(given?.output, outputs), state: last };
    },
  };
}

import { add, type Dim, OptionError, select } from "@throughtime/core";
import type { Cell, SequenceCell, Unrollable } from "./cell.js";
import { liveSteps, requireCell, unrollWith } from "./unroll.js";

/**
 * A cell whose output is added to its input, y = x + cell(x), so that deep stacks train. He et al. 2016, "Deep residual
 * learning for image recognition"; in recurrent stacks Wu et al. 2016, "Google's neural machine translation system".
 *
 * Parameters, state and noise are the wrapped cell's.
 * Throws OptionError where the cell's outputSize is not its inputSize.
 */
export function residual<P, S, N>(cell: Cell<P, S, N>): Cell<P, S, N>;
export function residual<P, S, N>(cell: SequenceCell<P, S, N>): SequenceCell<P, S, N>;
export function residual<P, S, N>(cell: Unrollable<P, S, N>): Unrollable<P, S, N> {
  requireCell("residual: the cell", cell);
  const { name, inputSize, outputSize } = cell;
  if (inputSize !== outputSize) {
    throw new OptionError(
      `residual: ${name} takes inputs of size ${inputSize} to outputs of size ${outputSize}; they are added, so both must be equal.`,
      { cell: name, inputSize, outputSize },
    );
  }
  const wrapped: SequenceCell<P, S, N> = {
    name: `residual(${name})`,
    inputSize,
    outputSize,
    ...(cell.noise ? { noise: cell.noise } : {}),
    ...(cell.layout ? { layout: cell.layout } : {}),
    init: (key) => cell.init(key),
    initialState: (batch) => cell.initialState(batch),
    unroll(params, xs, options) {
      const { outputs, state } = unrollWith(cell, params, xs, options);
      const sums = add(xs, outputs);
      // What stands in xs after a sequence's end must not come out.
      return {
        outputs: options.lengths ? select(liveSteps(xs.shape[0] as Dim, options.lengths), sums, 0) : sums,
        state,
      };
    },
  };
  if (!("step" in cell)) return wrapped;
  return {
    ...wrapped,
    step(params, state, x, noise) {
      const [next, y] = cell.step(params, state, x, noise);
      return [next, add(x, y)];
    },
  };
}

import type { Cell, HostTree } from "@throughtime/cells";
import type { Decoder } from "./decoder.js";

/** The cell's. */
export type PlainParams<P> = { cell: P };

/**
 * A decoder that knows of the source what its first state says, and nothing else. Sutskever, Vinyals & Le 2014, "Sequence
 * to sequence learning with neural networks".
 *
 *     h_t = cell(E[y_{t−1}], h_{t−1})
 *
 * The output is h_t. In that paper the encoder reads the source from its end: `reading: "backwards"` of `seq2seq`.
 *
 * @example plain(lstm({ inputSize: 64, hiddenSize: 128 }))
 */
export function plain<P, S, N>(cell: Cell<P, S, N>): Decoder<PlainParams<P>, S, N> {
  return {
    name: `plain(${cell.name})`,
    inputSize: cell.inputSize,
    outputSize: cell.outputSize,
    memorySize: undefined,
    ...(cell.noise ? { noise: cell.noise } : {}),
    init: (key) => ({ cell: cell.init(key) }) as HostTree<PlainParams<P>>,
    initialCellState: (batch) => cell.initialState(batch),
    prepare: () => ({}),
    start: (state) => ({ cell: state, attention: {} }),
    step(params, state, x, _, noise) {
      const [next, h] = cell.step(params.cell, state.cell, x, noise);
      return { state: { cell: next, attention: {} }, output: h };
    },
  };
}

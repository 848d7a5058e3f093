import type { Attention, AttentionMemory } from "@throughtime/attention";
import { type Cell, type HostTree, topHidden } from "@throughtime/cells";
import { concat, OptionError, optionsOf, splitKey, type Tensor } from "@throughtime/core";
import type { Decoder } from "./decoder.js";
import { requireParts } from "./parts.js";

/** The cell's and the attention's. */
export type BahdanauParams<P, A> = { cell: P; attention: A };

export interface BahdanauOptions<P, S, N, A> {
  /** Reads [E[y_{t−1}] ; context_t], so its inputSize is the embedding's size and the memory's together. */
  readonly cell: Cell<P, S, N>;
  readonly attention: Attention<A>;
  /** What the attention asks with, of the cell's state. Default: the last leaf named h, which is the top cell's. */
  readonly query?: (state: S) => Tensor;
}

/**
 * A decoder that looks before it steps. Bahdanau, Cho & Bengio 2015, "Neural machine translation by jointly learning to
 * align and translate", section A.2.2.
 *
 *     context_t = attend(h_{t−1})      h_t = cell([E[y_{t−1}] ; context_t], h_{t−1})
 *
 * The output is [h_t ; context_t ; E[y_{t−1}]]: the paper's maxout layer is the model's readout. Throws OptionError where
 * the cell's inputSize leaves nothing for a word beside the context.
 */
export function bahdanau<P, S, N, A>(options: BahdanauOptions<P, S, N, A>): Decoder<BahdanauParams<P, A>, S, N> {
  const {
    cell,
    attention,
    query = (state: S) => topHidden("bahdanau", state),
  } = optionsOf("bahdanau", options, "cell", "attention", "query");
  requireParts("bahdanau", cell, attention);
  const { memorySize } = attention;
  const inputSize = cell.inputSize - memorySize;
  if (inputSize < 1) {
    throw new OptionError(
      `bahdanau: ${cell.name} has inputSize ${cell.inputSize}, of which ${memorySize} are the context's; nothing is left for the word. Build it with the embedding's size and ${memorySize}.`,
      { cell: cell.name, inputSize: cell.inputSize, memorySize },
    );
  }
  return {
    name: `bahdanau(${cell.name}, ${attention.name})`,
    inputSize,
    outputSize: cell.outputSize + memorySize + inputSize,
    memorySize,
    ...(cell.noise ? { noise: cell.noise } : {}),
    init(key) {
      const [kc, ka] = splitKey(key);
      return { cell: cell.init(kc), attention: attention.init(ka) } as HostTree<BahdanauParams<P, A>>;
    },
    initialCellState: (batch) => cell.initialState(batch),
    prepare: (params, outputs, lengths) => ({ attention: attention.prepare(params.attention, outputs, lengths) }),
    start: (state, memory) => ({
      cell: state,
      attention: attention.initialState(memory.attention as AttentionMemory),
    }),
    step(params, state, x, memory, noise) {
      const source = memory.attention as AttentionMemory;
      const looked = attention.attend(params.attention, query(state.cell), source, state.attention);
      const [next, h] = cell.step(params.cell, state.cell, concat([x, looked.context], { axis: -1 }), noise);
      return {
        state: { cell: next, attention: looked.state },
        output: concat([h, looked.context, x], { axis: -1 }), // [B, H + M + E]
        weights: looked.weights,
      };
    },
  };
}

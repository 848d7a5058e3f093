import type { Attention, AttentionMemory } from "@throughtime/attention";
import type { Cell, HostTree } from "@throughtime/cells";
import {
  concat,
  type Dim,
  matmul,
  OptionError,
  optionsOf,
  splitKey,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import { glorotUniform, type Initializer, requirePositive } from "@throughtime/nn";
import type { Decoder } from "./decoder.js";
import { requireParts } from "./parts.js";

/** The cell's, the attention's, and W: [M + H, A]. */
export type LuongParams<P, A> = { cell: P; attention: A; W: Tensor };

export interface LuongOptions<P, S, N, A> {
  /** Reads [E[y_{t−1}] ; h̃_{t−1}], or without feeding the word alone. */
  readonly cell: Cell<P, S, N>;
  readonly attention: Attention<A>;
  /** A: the size of h̃. Default: the cell's outputSize. */
  readonly size?: number;
  /** "input": h̃ is an input of the next step (input feeding). Default "input". */
  readonly feeding?: "input" | "none";
  /** How W starts. Default: Glorot uniform. */
  readonly initializer?: Initializer;
}

/**
 * A decoder that looks after it has stepped, and remembers what it saw. Luong, Pham & Manning 2015, "Effective approaches
 * to attention-based neural machine translation", sections 3 and 3.3.
 *
 *     h_t = cell([E[y_{t−1}] ; h̃_{t−1}], h_{t−1})      context_t = attend(h_t)      h̃_t = tanh([context_t ; h_t]·W)
 *
 * The output is h̃_t. Throws OptionError where the cell's outputSize is not the attention's querySize, or its inputSize
 * leaves nothing for a word beside h̃.
 */
export function luong<P, S, N, A>(options: LuongOptions<P, S, N, A>): Decoder<LuongParams<P, A>, S, N> {
  const { cell, attention } = optionsOf("luong", options, "cell", "attention", "size", "feeding", "initializer");
  requireParts("luong", cell, attention);
  const { size = cell.outputSize, feeding = "input", initializer = glorotUniform() } = options;
  requirePositive("luong", { size });
  const fed = feeding === "input" ? size : 0;
  const inputSize = cell.inputSize - fed;
  if (inputSize < 1) {
    throw new OptionError(
      `luong: ${cell.name} has inputSize ${cell.inputSize}, of which ${fed} are h̃'s; nothing is left for the word. Build it with the embedding's size and ${fed}.`,
      { cell: cell.name, inputSize: cell.inputSize, size },
    );
  }
  if (cell.outputSize !== attention.querySize) {
    throw new OptionError(
      `luong: ${cell.name} has outputSize ${cell.outputSize}, but the attention was built with querySize ${attention.querySize}. Make them equal.`,
      { cell: cell.outputSize, attention: attention.querySize },
    );
  }
  return {
    name: `luong(${cell.name}, ${attention.name})`,
    inputSize,
    outputSize: size,
    memorySize: attention.memorySize,
    ...(cell.noise ? { noise: cell.noise } : {}),
    init(key) {
      const [kc, ka, kw] = splitKey(key, 3);
      const W = initializer(kw, [attention.memorySize + cell.outputSize, size]);
      return { cell: cell.init(kc), attention: attention.init(ka), W } as HostTree<LuongParams<P, A>>;
    },
    initialCellState: (batch) => cell.initialState(batch),
    prepare: (params, outputs, lengths) => ({ attention: attention.prepare(params.attention, outputs, lengths) }),
    start(state, memory) {
      const source = memory.attention as AttentionMemory;
      const attended = fed > 0 ? { attended: zeros([source.values.shape[0] as Dim, size]) } : {};
      return { cell: state, ...attended, attention: attention.initialState(source) };
    },
    step(params, state, x, memory, noise) {
      const read = state.attended ? concat([x, state.attended], { axis: -1 }) : x; // [B, E + A]
      const [next, h] = cell.step(params.cell, state.cell, read, noise);
      const looked = attention.attend(params.attention, h, memory.attention as AttentionMemory, state.attention);
      const output = tanh(matmul(concat([looked.context, h], { axis: -1 }), params.W)); // h̃: [B, A]
      const attended = state.attended ? { attended: output } : {};
      return { state: { cell: next, ...attended, attention: looked.state }, output, weights: looked.weights };
    },
  };
}

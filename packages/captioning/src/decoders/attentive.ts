import {
  type Attended,
  type Attention,
  type AttentionMemory,
  type AttentionState,
  requireAttention,
} from "@throughtime/attention";
import {
  type Cell,
  type HostTree,
  type LinearStateParams,
  linearState,
  requireCell,
  stateLeaves,
  topHidden,
} from "@throughtime/cells";
import {
  add,
  concat,
  type Dim,
  flattenTree,
  isTensor,
  mean,
  mul,
  OptionError,
  sigmoid,
  splitKey,
  type Tensor,
  transpose,
  unflattenTree,
} from "@throughtime/core";
import type { Begun } from "@throughtime/decode";
import { type LinearParams, linear, requireOneOf } from "@throughtime/nn";
import type { EncodedImages } from "@throughtime/vision";
import type { Captioned, CaptionMemory } from "./decoder.js";

/**
 * The cell's, the attention's and the gate's; initial: a layer for each leaf of the state; hidden: [H, E] with a bias, and context:
 * [D, E], of the deep output.
 */
export type AttentiveParams<P, A> = {
  cell: P;
  attention: A;
  gate?: LinearParams;
  initial: LinearStateParams;
  hidden: LinearParams;
  context: LinearParams;
};

/** The cell's state, and what the attention carries. */
export type AttentiveState<S> = { cell: S; attention: AttentionState };

export interface AttentiveOptions<P, S, N, A> {
  /** Reads [E[y_{t−1}] ; z_t], so its inputSize is the embedding's size and the grid's together. */
  readonly cell: Cell<P, S, N>;
  /** Looks at the grid: its memorySize is the size of the grid's vectors, its querySize that of h. */
  readonly attention: Attention<A>;
  /** "scalar": the context is multiplied by β_t = σ(h_{t−1}·w + b), so that the decoder may look away. Default "scalar". */
  readonly gate?: "scalar" | "none";
  /** What the attention asks with, of the cell's state. Default: the last leaf named h, which is the top cell's. */
  readonly query?: (state: S) => Tensor;
}

export const ATTENTIVE = ["cell", "attention", "gate", "query"] as const;

/**
 * What decoders with attention over a grid have in common: first state, gate, deep output. Xu et al. 2015, "Show, attend and
 * tell". Throws OptionError, of `owner`, where sizes do not fit each other.
 */
export function attentive<P, S, N, A>(owner: string, options: AttentiveOptions<P, S, N, A>) {
  const { cell, attention, gate = "scalar", query = (state: S) => topHidden(owner, state) } = options;
  requireCell(`${owner}: cell`, cell);
  requireAttention(`${owner}: attention`, attention);
  requireOneOf(owner, { gate }, ["scalar", "none"]);
  const { memorySize: D, querySize } = attention;
  const E = cell.inputSize - D;
  if (E < 1) {
    throw new OptionError(
      `${owner}: ${cell.name} has inputSize ${cell.inputSize}, of which ${D} are the context's; nothing is left for the word. Build it with the embedding's size and ${D}.`,
      { cell: cell.name, inputSize: cell.inputSize, memorySize: D },
    );
  }
  const asked = query(cell.initialState(1)).shape.at(-1);
  if (asked !== querySize) {
    throw new OptionError(
      `${owner}: ${cell.name} asks with a vector of size ${asked}, but the attention was built with querySize ${querySize}. Make them equal.`,
      { expected: asked, received: querySize },
    );
  }
  const initial = (batch: Dim) => cell.initialState(batch);
  const first = linearState({ inputSize: D, leaves: stateLeaves(owner, initial) });
  const [beta, hidden, context] = [
    linear({ inputSize: querySize, outputSize: 1 }),
    linear({ inputSize: cell.outputSize, outputSize: E }),
    linear({ inputSize: D, outputSize: E, bias: false }),
  ];
  type Params = AttentiveParams<P, A>;
  type State = AttentiveState<S>;
  return {
    name: `${owner}(${cell.name}, ${attention.name})`,
    ...{ inputSize: E, outputSize: E, gridSize: D, pooledSize: undefined },
    init(key: Parameters<typeof splitKey>[0]): HostTree<Params> {
      const [kc, ka, kg, ki, kh, kz] = splitKey(key, 6);
      return {
        cell: cell.init(kc),
        attention: attention.init(ka),
        ...(gate === "scalar" ? { gate: beta.init(kg) } : {}),
        ...{ initial: first.init(ki), hidden: hidden.init(kh), context: context.init(kz) },
      } as HostTree<Params>;
    },
    start(params: Params, { grid }: EncodedImages): Begun<CaptionMemory, State> {
      const leaves = first.apply(params.initial, mean(grid, { axis: 1 })); // of the mean annotation: [B, D]
      const state = unflattenTree(flattenTree(initial(grid.shape[0] as Dim), isTensor).structure, leaves) as S;
      const memory = attention.prepare(params.attention, transpose(grid, [1, 0, 2]));
      return { memory: { attention: memory }, state: { cell: state, attention: attention.initialState(memory) } };
    },
    /** Where the decoder looks before the next word. */
    look: (params: Params, state: State, { attention: memory }: CaptionMemory): Attended =>
      attention.attend(params.attention, query(state.cell), memory as AttentionMemory, state.attention),
    /** One step with a context: [B, D]. */
    write(
      params: Params,
      state: State,
      x: Tensor,
      looked: Attended,
      seen: Tensor,
      noise?: N,
    ): Captioned<State> & { weights: Tensor } {
      const z = params.gate ? mul(seen, sigmoid(beta.apply(params.gate, query(state.cell)))) : seen; // [B, D]
      const [next, h] = cell.step(params.cell, state.cell, concat([x, z], { axis: -1 }), noise);
      const output = add(add(x, hidden.apply(params.hidden, h)), context.apply(params.context, z)); // [B, E]
      return { state: { cell: next, attention: looked.state }, output, weights: looked.weights };
    },
  };
}

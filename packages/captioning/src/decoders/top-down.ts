import {
  type Cell,
  type HostTree,
  type LinearStateParams,
  linearState,
  requireCell,
  stateLeaves,
} from "@throughtime/cells";
import { type Dim, flattenTree, isTensor, optionsOf, splitKey, type Tensor, unflattenTree } from "@throughtime/core";
import { type LinearParams, linear, requireOneOf, requirePositive } from "@throughtime/nn";
import type { CaptionDecoder } from "./decoder.js";

/** The cell's; image: a layer for each leaf of the state ("state"), or the one that makes a word of the picture ("input"). */
export type TopDownParams<P> = { cell: P; image: LinearStateParams };

export interface TopDownOptions<P, S, N> {
  /** Reads the word before. */
  readonly cell: Cell<P, S, N>;
  /** P: the size of the picture's vector. */
  readonly pooledSize: number;
  /** Where the picture comes in. Default "state". */
  readonly image?: "state" | "input";
}

/**
 * A decoder that sees the picture once, as one vector v, and then writes. The output is h_t.
 *
 *     image "state":  h_0 = tanh(v·W + b)                    h_t = cell(E[y_{t−1}], h_{t−1})
 *     image "input":  h_0 = cell(v·W + b, initial state)     h_t = cell(E[y_{t−1}], h_{t−1})
 *
 * "state" makes every leaf of the cell's state so, c of an LSTM too. "input" is Vinyals, Toshev, Bengio & Erhan 2015, "Show and tell: a neural image caption
 * generator": the picture is read as the word before `<start>`, without dropout. Throws OptionError where a size is not positive.
 *
 * @example topDown({ cell: lstm({ inputSize: 64, hiddenSize: 128 }), pooledSize: 512 })
 */
export function topDown<P, S, N>(options: TopDownOptions<P, S, N>): CaptionDecoder<TopDownParams<P>, S, N> {
  const { cell, pooledSize, image = "state" } = optionsOf("topDown", options, "cell", "pooledSize", "image");
  requireCell("topDown: cell", cell);
  requirePositive("topDown", { pooledSize });
  requireOneOf("topDown", { image }, ["state", "input"]);
  const initial = (batch: Dim) => cell.initialState(batch);
  const asState = linearState({ inputSize: pooledSize, leaves: stateLeaves("topDown", initial) });
  const asWord = linear({ inputSize: pooledSize, outputSize: cell.inputSize });
  return {
    name: `topDown(${cell.name})`,
    inputSize: cell.inputSize,
    outputSize: cell.outputSize,
    gridSize: undefined,
    pooledSize,
    ...(cell.noise ? { noise: cell.noise } : {}),
    init(key) {
      const [kc, ki] = splitKey(key);
      const layers = image === "state" ? asState.init(ki) : { word: asWord.init(ki) };
      return { cell: cell.init(kc), image: layers } as HostTree<TopDownParams<P>>;
    },
    start(params, { pooled }) {
      const before = initial(pooled.shape[0] as Dim);
      if (image === "state") {
        const leaves = asState.apply(params.image, pooled);
        return { memory: {}, state: unflattenTree(flattenTree(before, isTensor).structure, leaves) as S };
      }
      const word = asWord.apply(params.image.word as LinearParams, pooled); // [B, E]
      return { memory: {}, state: cell.step(params.cell, before, word)[0] };
    },
    step(params, state, x: Tensor, _, noise) {
      const [next, output] = cell.step(params.cell, state, x, noise);
      return { state: next, output };
    },
  };
}

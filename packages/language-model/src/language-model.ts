import {
  type Cell,
  drawNoise,
  type HostTree,
  initialStateArrays,
  noiseDims,
  type UnrollOptions,
  unroll,
} from "@throughtime/cells";
import {
  crossEntropy,
  type DimNames,
  isNdArray,
  mapTree,
  mean,
  optionsOf,
  splitKey,
  type Tensor,
} from "@throughtime/core";
import { embedding, type Initializer, linear } from "@throughtime/nn";
import type { LanguageModel, LanguageModelParams } from "./model.js";

export interface LanguageModelOptions<P, S, N> {
  /** V: how many tokens there are. */
  readonly vocabularySize: number;
  /** What reads the embedded tokens, one at a time. Its inputSize is the embedding's size. */
  readonly cell: Cell<P, S, N>;
  /** How the tables outside the cell start. Default: those of `embedding` and `linear`. */
  readonly initializers?: { readonly embedding?: Initializer; readonly output?: Initializer };
}

/**
 * A language model around any cell:
 *
 *     e = E[x]     h, state' = unroll(cell, e, state)     logits = h·W + b     loss = mean −ln softmax(logits)[y]
 *
 * Throws OptionError where the vocabulary has no tokens.
 *
 * @example languageModel({ vocabularySize: 65, cell: lstm({ inputSize: 32, hiddenSize: 128 }) })
 */
export function languageModel<P, S, N>(
  options: LanguageModelOptions<P, S, N>,
): LanguageModel<LanguageModelParams<P>, S, N> {
  const {
    vocabularySize,
    cell,
    initializers = {},
  } = optionsOf("languageModel", options, "vocabularySize", "cell", "initializers");
  optionsOf("languageModel: initializers", initializers, "embedding", "output");
  const tokens = embedding({ vocabularySize, size: cell.inputSize, initializer: initializers.embedding });
  const output = linear({
    inputSize: cell.outputSize,
    outputSize: vocabularySize,
    initializers: { W: initializers.output },
  });

  const run = (params: LanguageModelParams<P>, x: Tensor, how: UnrollOptions<S, N>) => {
    const { outputs, state } = unroll(cell, params.cell, tokens.apply(params.embedding, x), how); // [T, B, H]
    return { logits: output.apply(params.output, outputs), state }; // [T, B, V]
  };

  return {
    vocabularySize,
    init(key) {
      const [forTokens, forCell, forOutput] = splitKey(key, 3);
      return {
        embedding: tokens.init(forTokens),
        cell: cell.init(forCell),
        output: output.init(forOutput),
      } as HostTree<LanguageModelParams<P>>;
    },
    initialState: (batch) => initialStateArrays(cell, batch),
    noise(key, { x }) {
      const [T, B] = x.shape as readonly [number, number];
      return drawNoise(cell, key, { T, B }) ?? ({} as HostTree<N>);
    },
    dims: {
      batch: { x: ["T", "B"], y: ["T", "B"] },
      carry: mapTree(initialStateArrays(cell, 1), isNdArray, ({ shape }) => [
        "B",
        ...shape.slice(1).map(() => null),
      ]) as DimNames,
      noise: noiseDims(cell) ?? {},
    },
    loss(params, { batch: { x, y }, carry, noise }) {
      const { logits, state } = run(params, x, { state: carry, noise: noise as N | "none" | undefined });
      return { loss: mean(crossEntropy(logits, y)), carry: state };
    },
    logits: (params, x, state) => run(params, x, { state, noise: "none" }),
    step(params, token, state) {
      const [next, h] = cell.step(params.cell, state, tokens.apply(params.embedding, token));
      return { logits: output.apply(params.output, h), state: next };
    },
  };
}

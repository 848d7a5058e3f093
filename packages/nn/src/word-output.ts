import { add, type Key, matmul, type NdArray, OptionError, splitKey, type Tensor, tanh } from "@throughtime/core";
import { glorotUniform } from "./initializers/glorot-uniform.js";
import { zerosInitializer } from "./initializers/zeros.js";
import { type LinearParams, linear } from "./linear.js";

/** The readout, where there is one; W: [size, V], absent where it is the table of embeddings; b: [V]. */
export type WordOutputParams = { readout?: LinearParams; output: { W?: Tensor; b: Tensor } };

export interface WordOutputOptions {
  /** O: the size of what words are predicted from. */
  readonly inputSize: number;
  /** The size of a layer with tanh before the product with the vocabulary. Default: no such layer. */
  readonly readoutSize?: number | undefined;
  /** E: the size of an embedded word. */
  readonly embeddingSize: number;
  /** V */
  readonly vocabularySize: number;
  /** Whether the product with the vocabulary uses the table of embeddings. */
  readonly tied: boolean;
}

/** From what a decoder gives to logits over a vocabulary. */
export interface WordOutput {
  /** The size of what the product with the vocabulary reads: where dropout goes. */
  readonly size: number;
  init(key: Key): { readout?: { W: NdArray; b?: NdArray }; output: { W?: NdArray; b: NdArray } };
  /** [..., O] → [..., size] */
  read(params: WordOutputParams, x: Tensor): Tensor;
  /** [..., size] → [..., V]. E: the table of embeddings [V, E]. */
  logits(params: WordOutputParams, E: Tensor, z: Tensor): Tensor;
}

/**
 * From a decoder's output to logits: z = tanh(o·R + r) where there is a readout, else o; logits = z·W + b, or z·Eᵀ + b with
 * the table of embeddings E where it is tied (Press & Wolf 2017, "Using the output embedding to improve language models").
 * Throws OptionError, of `owner`, where a tied table does not fit.
 */
export function wordOutput(owner: string, options: WordOutputOptions): WordOutput {
  const { inputSize, readoutSize, embeddingSize, vocabularySize, tied } = options;
  const size = readoutSize ?? inputSize;
  if (tied && size !== embeddingSize) {
    throw new OptionError(
      `${owner}: the output is tied to embeddings of size ${embeddingSize}, but what it reads has size ${size}. Give readoutSize: ${embeddingSize}.`,
      { expected: embeddingSize, received: size },
    );
  }
  const readout = readoutSize === undefined ? undefined : linear({ inputSize, outputSize: readoutSize });
  return {
    size,
    init(key) {
      const [kr, ko] = splitKey(key);
      const b = zerosInitializer()(ko, [vocabularySize]);
      return {
        ...(readout ? { readout: readout.init(kr) } : {}),
        output: tied ? { b } : { W: glorotUniform()(ko, [size, vocabularySize]), b },
      };
    },
    read: (params, x) => (readout ? tanh(readout.apply(params.readout as LinearParams, x)) : x),
    logits: ({ output: { W, b } }, E, z) => add(W ? matmul(z, W) : matmul(z, E, { transposeB: true }), b),
  };
}

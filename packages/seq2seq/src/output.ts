import { add, type Key, matmul, type NdArray, OptionError, splitKey, type Tensor, tanh } from "@throughtime/core";
import { glorotUniform, type LinearParams, linear, zerosInitializer } from "@throughtime/nn";

/** What an output layer reads of the model's parameters. */
interface OutputParams {
  readonly target: { readonly E: Tensor };
  readonly readout?: LinearParams;
  readonly output: { readonly W?: Tensor; readonly b: Tensor };
}

interface OutputOptions {
  /** The decoder's outputSize. */
  readonly inputSize: number;
  readonly readoutSize: number | undefined;
  readonly embeddingSize: number;
  readonly vocabularySize: number;
  readonly tied: boolean;
}

/**
 * From a decoder's output to logits: z = tanh(o·R + r) where there is a readout, else o; logits = z·W + b, or z·Eᵀ + b with
 * the target's table E where it is tied (Press & Wolf 2017, "Using the output embedding to improve language models").
 * Throws OptionError where a tied table does not fit.
 */
export function outputLayer({ inputSize, readoutSize, embeddingSize, vocabularySize, tied }: OutputOptions) {
  const size = readoutSize ?? inputSize;
  if (tied && size !== embeddingSize) {
    throw new OptionError(
      `seq2seq: the output is tied to embeddings of size ${embeddingSize}, but what it reads has size ${size}. Give readoutSize: ${embeddingSize}.`,
      { expected: embeddingSize, received: size },
    );
  }
  const readout = readoutSize === undefined ? undefined : linear({ inputSize, outputSize: readoutSize });
  return {
    /** The size of what the product with the vocabulary reads: where dropout goes. */
    size,
    init(key: Key): { readout?: { W: NdArray; b?: NdArray }; output: { W?: NdArray; b: NdArray } } {
      const [kr, ko] = splitKey(key);
      const b = zerosInitializer()(ko, [vocabularySize]);
      return {
        ...(readout ? { readout: readout.init(kr) } : {}),
        output: tied ? { b } : { W: glorotUniform()(ko, [size, vocabularySize]), b },
      };
    },
    /** [..., inputSize] → [..., size] */
    read: (params: OutputParams, x: Tensor): Tensor =>
      readout ? tanh(readout.apply(params.readout as LinearParams, x)) : x,
    /** [..., size] → [..., V] */
    logits: ({ output: { W, b }, target: { E } }: OutputParams, z: Tensor): Tensor =>
      add(W ? matmul(z, W) : matmul(z, E, { transposeB: true }), b),
  };
}

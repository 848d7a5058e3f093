import type { NoiseSource, Unrollable } from "@throughtime/cells";
import { OptionError } from "@throughtime/core";
import type { Initializer } from "@throughtime/nn";
import type { Bridge } from "./bridges/bridge.js";
import type { Decoder } from "./decoders/decoder.js";

export interface Seq2SeqOptions<PE, SE, NE, PD, SD, ND> {
  readonly sourceVocabularySize: number;
  /** V */
  readonly targetVocabularySize: number;
  /** What reads the embedded source: any cell, bidirectional, or a stack. Its inputSize is the source embedding's size. */
  readonly encoder: Unrollable<PE, SE, NE>;
  /** "backwards": the encoder reads each source from its end (Sutskever, Vinyals & Le 2014). Default "forwards". */
  readonly reading?: "forwards" | "backwards";
  /** What writes the target. Its inputSize is the target embedding's size. */
  readonly decoder: Decoder<PD, SD, ND>;
  /** What makes the decoder's first state of the encoder's last. Default: linearBridge(). */
  readonly bridge?: Bridge;
  /** The size of a layer with tanh between the decoder's output and the vocabulary. Default: no such layer. */
  readonly readoutSize?: number;
  /** "output": the product with the vocabulary uses the target's table. "all": the source uses it too. Default "none". */
  readonly tied?: "none" | "output" | "all";
  readonly dropout?: {
    /** Of embedded words, source and target. Default 0. */
    readonly embeddings?: number;
    /** Of what the product with the vocabulary reads. Default 0. */
    readonly output?: number;
    /** "sequence": one mask for all words of a sentence (Gal & Ghahramani 2016). Default "step". */
    readonly masks?: NoiseSource["per"];
  };
  /**
   * "argmax": with noise and `truth` in a batch, the decoder in training reads its own most likely word in place of the true one
   * with probability 1 − truth (scheduled sampling, Bengio et al. 2015; see `withTruth`). The product with the vocabulary
   * then stays in its loop. Default "none": always the true one.
   */
  readonly sampling?: "none" | "argmax";
  /** ε: how much of the target's probability is spread over the whole vocabulary (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
  /** How the tables of embeddings start. Default: N(0, 1) as `embedding`; N(0, 1/E) where the output is tied to them. */
  readonly embeddings?: Initializer;
}

export const OPTIONS = [
  ...(["sourceVocabularySize", "targetVocabularySize", "encoder", "reading", "decoder", "bridge"] as const),
  ...(["readoutSize", "tied", "dropout", "sampling", "labelSmoothing", "embeddings"] as const),
];

/** Throws OptionError where sizes do not fit each other or a rate is not in [0, 1). */
export function checkOptions<PE, SE, NE, PD, SD, ND>(options: Seq2SeqOptions<PE, SE, NE, PD, SD, ND>): void {
  const {
    sourceVocabularySize,
    targetVocabularySize,
    encoder,
    decoder,
    tied,
    dropout = {},
    labelSmoothing = 0,
  } = options;
  if (decoder.memorySize !== undefined && decoder.memorySize !== encoder.outputSize) {
    throw new OptionError(
      `seq2seq: ${encoder.name} has outputs of size ${encoder.outputSize}, but the attention of ${decoder.name} was built with memorySize ${decoder.memorySize}. Build it with memorySize: ${encoder.outputSize}.`,
      { expected: encoder.outputSize, received: decoder.memorySize },
    );
  }
  if (tied === "all" && (sourceVocabularySize !== targetVocabularySize || encoder.inputSize !== decoder.inputSize)) {
    throw new OptionError(
      `seq2seq: tied "all" is one table for source and target; they have ${sourceVocabularySize} words of size ${encoder.inputSize} and ${targetVocabularySize} of size ${decoder.inputSize}.`,
    );
  }
  for (const [name, rate] of Object.entries({
    embeddings: dropout.embeddings ?? 0,
    output: dropout.output ?? 0,
    labelSmoothing,
  })) {
    if (!(rate >= 0 && rate < 1)) {
      throw new OptionError(`seq2seq: ${name} must be in [0, 1), received ${rate}.`, { [name]: rate });
    }
  }
}

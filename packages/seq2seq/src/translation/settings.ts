import type { NoiseSource } from "@throughtime/cells";
import type { CELLS } from "@throughtime/task";

export const ENCODERS = ["bidirectional", "forwards", "backwards"] as const;
export const ATTENTIONS = ["additive", "general", "dot", "concat", "scaled-dot", "none"] as const;
export const DECODERS = ["bahdanau", "luong"] as const;
export const TIES = ["none", "output", "all"] as const;
export const MASKS = ["step", "sequence"] as const satisfies readonly NoiseSource["per"][];

/** What a translation network is made of, but for the vocabularies, which the text decides. Plain JSON. */
export type NetworkSettings = {
  readonly cell: (typeof CELLS)[number];
  /** In which direction the source is read. */
  readonly encoder: (typeof ENCODERS)[number];
  readonly decoder: (typeof DECODERS)[number];
  /** "none": all that is passed is the encoder's last state, whatever the decoder (Sutskever et al. 2014). */
  readonly attention: (typeof ATTENTIONS)[number];
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** Recurrent layers of the encoder, and of the decoder. */
  readonly layers: number;
  /** The layer between decoder and vocabulary; null for none. */
  readonly readoutSize: number | null;
  readonly tied: (typeof TIES)[number];
  /** Of embedded words, and between layers. */
  readonly dropout: number;
  /** Of what the product with the vocabulary reads. */
  readonly outputDropout: number;
  readonly masks: (typeof MASKS)[number];
  readonly labelSmoothing: number;
};

/** All that a translation network is built from. */
export type NetworkDescription = NetworkSettings & {
  readonly sourceVocabularySize: number;
  readonly targetVocabularySize: number;
};

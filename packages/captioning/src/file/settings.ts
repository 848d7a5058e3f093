import type { CELLS } from "@throughtime/task";
import type { FrozenDescription, Preprocessing } from "@throughtime/vision";

export const ATTENTIONS = ["soft", "hard", "none"] as const;
/** Where a decoder without attention reads the picture: h₀ made of it, or as the first input (Vinyals et al. 2015). */
export const IMAGE_PLACES = ["state", "input"] as const;

/** What makes features of pictures. Plain JSON. */
export type EncoderSettings = CnnSettings | FrozenSettings;

/** A small network that is trained with the decoder; its numbers stand in the model file. */
export type CnnSettings = {
  readonly kind: "cnn";
  /** Channels of each block. */
  readonly widths: readonly number[];
};

/** A network of an ONNX file, which stays as it is and beside the model file. */
export type FrozenSettings = { readonly kind: "onnx" } & Omit<FrozenDescription, "preprocessing">;

/** A frozen encoder as `openFrozenEncoder` takes it. */
export const frozenDescription = (
  { kind: _, ...rest }: FrozenSettings,
  preprocessing: Preprocessing,
): FrozenDescription => ({
  ...rest,
  preprocessing,
});

/** What a captioner is built from, but for its vocabulary, which the captions decide. Plain JSON. */
export type CaptionerSettings = {
  readonly encoder: EncoderSettings;
  readonly attention: (typeof ATTENTIONS)[number];
  readonly image: (typeof IMAGE_PLACES)[number];
  readonly cell: (typeof CELLS)[number];
  readonly hiddenSize: number;
  readonly embeddingSize: number;
  readonly attentionSize: number;
  /** Of soft attention: λ of the doubly stochastic penalty (Xu et al. 2015, equation 14). */
  readonly penalty: number;
  /** Of hard attention: λ_r of REINFORCE, and λ_e of the entropy (Xu et al. 2015, section 4.1). */
  readonly reinforce: number;
  readonly entropy: number;
  /** Of embedded words, and of what the product with the vocabulary reads. */
  readonly dropout: number;
};

export type CaptionerModel = CaptionerSettings & {
  readonly vocabularySize: number;
  /** How pictures become what the encoder reads. */
  readonly preprocessing: Preprocessing;
};

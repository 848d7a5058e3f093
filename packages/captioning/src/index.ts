export { captionModel } from "./caption-model.js";
export { type Captioner, type CaptionOptions, captioner } from "./captioner.js";
export type { AttentiveOptions, AttentiveParams, AttentiveState } from "./decoders/attentive.js";
export type {
  CaptionDecoder,
  Captioned,
  CaptionMemory,
  Penalty,
  WrittenCaptions,
} from "./decoders/decoder.js";
export { type HardAttentionNoise, type HardAttentionOptions, hardAttention } from "./decoders/hard-attention.js";
export { type SoftAttentionOptions, softAttention } from "./decoders/soft-attention.js";
export { type TopDownOptions, type TopDownParams, topDown } from "./decoders/top-down.js";
export type { CaptionBatch, CaptionModel, CaptionNoise, CaptionParams } from "./model.js";
export type { CaptionModelOptions } from "./options.js";

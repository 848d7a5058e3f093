export { captionModel } from "./caption-model.js";
export { type Captioner, type CaptionOptions, captioner } from "./captioner.js";
export type { AttentiveOptions, AttentiveParams, AttentiveState } from "./decoders/attentive.js";
export type {
  CaptionCarry,
  CaptionDecoder,
  Captioned,
  CaptionMemory,
  Penalty,
  WrittenCaptions,
} from "./decoders/decoder.js";
export { type HardAttentionNoise, type HardAttentionOptions, hardAttention } from "./decoders/hard-attention.js";
export { type SoftAttentionOptions, softAttention } from "./decoders/soft-attention.js";
export { type TopDownOptions, type TopDownParams, topDown } from "./decoders/top-down.js";
export type { CaptionedData, CaptionerJson, DataSettings } from "./file/description.js";
export {
  type CaptionerParts,
  type CaptionImagesOptions,
  type CaptionInput,
  type ImageCaption,
  type ImageCaptioner,
  imageCaptioner,
  type SaidCaption,
} from "./file/image-captioner.js";
export { type LoadCaptionerOptions, type LoadedCaptioner, loadCaptioner } from "./file/load.js";
export { type CaptionNetwork, captionNetwork } from "./file/network.js";
export type {
  CaptionerModel,
  CaptionerSettings,
  CnnSettings,
  EncoderSettings,
  FrozenSettings,
} from "./file/settings.js";
export type { CaptionBatch, CaptionModel, CaptionNoise, CaptionParams } from "./model.js";
export type { CaptionModelOptions } from "./options.js";
export { type CaptionReward, ciderReward } from "./self-critical/cider-reward.js";
export {
  type SelfCritical,
  type SelfCriticalBatch,
  type SelfCriticalOptions,
  selfCritical,
} from "./self-critical/self-critical.js";
export { captionModelToOnnx, checkCaptionModelOnnx, type ImageTypes } from "./to-onnx.js";

export {
  type Attended,
  type Attention,
  type AttentionMemory,
  type AttentionState,
  attention,
  coverageLoss,
  requireAttention,
} from "./attention.js";
export type { Score, ScoreSizes } from "./score.js";
export { type AdditiveOptions, type AdditiveParams, additive } from "./scores/additive.js";
export { type ConcatOptions, type ConcatParams, concatScore } from "./scores/concat.js";
export { type DotParams, dot } from "./scores/dot.js";
export { type GeneralOptions, type GeneralParams, general } from "./scores/general.js";
export { type ScaledDotOptions, type ScaledDotParams, scaledDot } from "./scores/scaled-dot.js";
export { type GridSize, type UpsampledOptions, upsampled } from "./upsampled.js";

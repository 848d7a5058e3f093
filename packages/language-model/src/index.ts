export {
  type CharModel,
  type CharModelDescription,
  type CharModelNoise,
  type CharModelParams,
  type CharModelState,
  charModel,
  charModelSize,
} from "./char-model.js";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
export { type ExportedModel, type ExportOptions, exportOnnx } from "./export-onnx.js";
export { type LanguageModelOptions, languageModel } from "./language-model.js";
export type { LanguageModel, LanguageModelParams, LossInputs, TokenWindow } from "./model.js";
export { type ReaderState, type TokenReader, tokenReader } from "./token-reader.js";
export { bitsFromNats, natsFromBits, perplexity } from "./units.js";

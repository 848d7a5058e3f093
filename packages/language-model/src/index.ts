export {
  type CharModel,
  type CharModelDescription,
  type CharModelNoise,
  type CharModelParams,
  type CharModelState,
  charModel,
  charModelSize,
} from "./char-model.js";
export { checkLanguageModelOnnx } from "./check-onnx.js";
export {
  evaluateLanguageModel,
  type LanguageModelEvaluation,
  type LanguageModelEvaluationOptions,
} from "./evaluate.js";
export { type LanguageModelOptions, languageModel } from "./language-model.js";
export {
  type EvaluateTextOptions,
  type LoadedLanguageModel,
  type LoadLanguageModelOptions,
  loadLanguageModel,
  type TextTokens,
  type WriteOptions,
} from "./load.js";
export type { LanguageModel, LanguageModelInputs, LanguageModelParams, TokenWindow } from "./model.js";
export type { LmData } from "./model-file.js";
export type { TextEvaluation } from "./placed-model.js";
export { type LanguageModelOnnx, type LanguageModelOnnxOptions, languageModelToOnnx } from "./to-onnx.js";
export { type ReaderState, type TokenReader, tokenReader } from "./token-reader.js";
export { bitsFromNats, natsFromBits } from "./units.js";

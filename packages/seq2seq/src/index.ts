export type { Bridge, BridgeParams, BuiltBridge } from "./bridges/bridge.js";
export { copyBridge } from "./bridges/copy.js";
export { type LinearBridgeOptions, linearBridge } from "./bridges/linear.js";
export { zeroBridge } from "./bridges/zero.js";
export { checkSeq2seqOnnx } from "./check-onnx.js";
export { type BahdanauOptions, type BahdanauParams, bahdanau } from "./decoders/bahdanau.js";
export type { Decoded, Decoder, DecoderMemory, DecoderState } from "./decoders/decoder.js";
export { type LuongOptions, type LuongParams, luong } from "./decoders/luong.js";
export { type PlainParams, plain } from "./decoders/plain.js";
export type { Encoded, Seq2Seq, Seq2SeqBatch, Seq2SeqNoise, Seq2SeqParams } from "./model.js";
export type { Seq2SeqOptions } from "./options.js";
export {
  exponentialTruth,
  inverseSigmoidTruth,
  linearTruth,
  type TruthCursor,
  type TruthSchedule,
  withTruth,
} from "./scheduled-sampling.js";
export { seq2seq } from "./seq2seq.js";
export { seq2seqToOnnx } from "./to-onnx.js";
export { attentionMap } from "./translation/attention-map.js";
export type { DatasetSettings, LeftOut, PairSettings } from "./translation/description.js";
export { type LoadedTranslator, type LoadTranslatorOptions, loadTranslator } from "./translation/load.js";
export { type Network, network, networkSize } from "./translation/network.js";
export type { NetworkDescription, NetworkSettings } from "./translation/settings.js";
export {
  type TextTranslator,
  type Translated,
  type TranslateTextOptions,
  type Translation,
  type TranslatorParts,
  textTranslator,
} from "./translation/text-translator.js";
export { type SourceIds, type TranslateOptions, type Translator, translator } from "./translator.js";

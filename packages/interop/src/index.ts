export type { ReadableCell } from "./cells/layout.js";
export {
  denseFromKeras,
  denseToKeras,
  type EmbeddingWeights,
  embeddingFromKeras,
  embeddingToKeras,
} from "./keras/layers.js";
export type { KerasLayer } from "./keras/paths.js";
export { fromKeras, type ToKerasOptions, toKeras } from "./keras/recurrent.js";
export { fromPyTorch } from "./pytorch/from.js";
export { type LinearImportOptions, type LinearWeights, linearFromPyTorch, linearToPyTorch } from "./pytorch/linear.js";
export type { StateDictOptions } from "./pytorch/modules.js";
export { type ToPyTorchOptions, toPyTorch } from "./pytorch/to.js";
export { decodeSafetensors, type Safetensors } from "./safetensors/decode.js";
export { type EncodeOptions, encodeSafetensors } from "./safetensors/encode.js";
export { type ByteSource, inspectSafetensors, type SafetensorsInfo, type TensorInfo } from "./safetensors/inspect.js";
export type { SafetensorsLimits } from "./safetensors/refuse.js";
export type { NamedTensors } from "./tensors.js";

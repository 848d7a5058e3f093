export { type GruWeights, gruFromPyTorch, gruToPyTorch } from "./pytorch/gru.js";
export { type LinearImportOptions, type LinearWeights, linearFromPyTorch, linearToPyTorch } from "./pytorch/linear.js";
export { type LstmWeights, lstmFromPyTorch, lstmToPyTorch } from "./pytorch/lstm.js";
export type { RecurrentImportOptions, StateDictOptions } from "./pytorch/recurrent.js";
export { type RnnWeights, rnnFromPyTorch, rnnToPyTorch } from "./pytorch/rnn.js";
export type { NamedTensors } from "./pytorch/tensors.js";
export { decodeSafetensors, type Safetensors } from "./safetensors/decode.js";
export { encodeSafetensors } from "./safetensors/encode.js";
export type { SafetensorsLimits } from "./safetensors/header.js";

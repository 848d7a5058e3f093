export { type BidirectionalOptions, type Both, bidirectional } from "./bidirectional.js";
export type {
  AnyCell,
  AnyUnrollable,
  Cell,
  CellNoise,
  CellParams,
  CellState,
  HostTree,
  SequenceCell,
  Unrollable,
} from "./cell.js";
export { cellSize } from "./cell-size.js";
export { type DropoutNoise, type DropoutOptions, dropout } from "./dropout.js";
export {
  type CheckedOptions,
  cellOptions,
  type GatedCell,
  type GatedCellOptions,
  type GatedParams,
  type GatedState,
  type GateParams,
  gatedCell,
  type Weight,
} from "./gated-cell.js";
export {
  GRU_GATES,
  type GruOptions,
  type GruParams,
  type GruReset,
  type GruState,
  gru,
  gruSequenceOp,
} from "./gru.js";
export { initialStateArrays } from "./initial-state.js";
export type { Biases, CellLayout, GatedLayout } from "./layout.js";
export {
  type LinearState,
  type LinearStateOptions,
  type LinearStateParams,
  linearState,
  type StateLeaf,
  stateLeaves,
} from "./linear-state.js";
export {
  LSTM_GATES,
  LSTM_PEEPHOLES,
  type LstmOptions,
  type LstmParams,
  type LstmState,
  lstm,
  lstmSequenceOp,
} from "./lstm.js";
export {
  drawNoise,
  isNoiseSource,
  type MaskOptions,
  masked,
  maskSource,
  type NoiseSource,
  noiseDims,
  noiseTypes,
  requireNoise,
} from "./noise.js";
export { plus } from "./plus.js";
export { maskedState, type RecurrentNoise } from "./recurrent-noise.js";
export { residual } from "./residual.js";
export {
  type RnnActivation,
  type RnnOptions,
  type RnnParams,
  type RnnState,
  rnn,
  rnnSequenceOp,
} from "./rnn.js";
export { defineSequence, type SequenceOp, type SequenceParams } from "./sequence.js";
export { type StackedNoise, type StackedParams, type StackedState, stacked } from "./stacked.js";
export { topHidden } from "./top-hidden.js";
export { requireCell, type SequenceOptions, type Unrolled, type UnrollOptions, unroll, unrollSteps } from "./unroll.js";

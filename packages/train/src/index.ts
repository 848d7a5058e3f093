export { type BatchesOptions, batchesOf } from "./batches-of.js";
export {
  type Checkpoint,
  type CheckpointFacts,
  decodeCheckpoint,
  encodeCheckpoint,
  isCheckpoint,
  readFacts,
} from "./checkpoint/format.js";
export { BEST, type CheckpointStore, LAST, memoryStore } from "./checkpoint/store.js";
export { type Clip, clipByNorm, clipByValue, globalNorm } from "./clip.js";
export { type EvaluateOptions, evaluate } from "./evaluate.js";
export type { Every, EverySteps } from "./every.js";
export { findRate, type RateCurve, type RatePoint, type RateRange } from "./find-rate.js";
export type { Json } from "./json.js";
export type { Stopping } from "./loop/stopping.js";
export { type MeasureOptions, measureStep, type StepCost } from "./measure-step.js";
export { type AdagradHyper, type AdagradOptions, adagrad } from "./optimizers/adagrad.js";
export { type AdamOptions, adam } from "./optimizers/adam.js";
export { type AdamwOptions, adamw } from "./optimizers/adamw.js";
export type { Group } from "./optimizers/groups.js";
export type { AdamHyper } from "./optimizers/moments.js";
export {
  type LeafState,
  makeOptimizer,
  type Now,
  type Optimizer,
  type Rule,
  zerosLike,
} from "./optimizers/optimizer.js";
export { type RmspropHyper, type RmspropOptions, rmsprop } from "./optimizers/rmsprop.js";
export { type SgdHyper, type SgdOptions, sgd } from "./optimizers/sgd.js";
export type {
  CheckpointOptions,
  Ended,
  Report,
  Training,
  TrainOptions,
  ValidationOptions,
  ValidationReport,
} from "./options.js";
export { type Overlapping, type OverlappingOptions, overlapping } from "./overlapping.js";
export { constantRate } from "./schedules/constant.js";
export { cosine } from "./schedules/cosine.js";
export { exponential } from "./schedules/exponential.js";
export { type PlateauOptions, type PlateauState, plateau } from "./schedules/plateau.js";
export type { FeedbackSchedule, Schedule } from "./schedules/schedule.js";
export { stepDecay } from "./schedules/step-decay.js";
export { warmUp } from "./schedules/warm-up.js";
export { type Batch, type Source, type SourceOptions, sourceOf } from "./source.js";
export type { Loss, LossInputs, LossResult, StepDims } from "./steps/contract.js";
export type { Evaluation } from "./steps/evaluation.js";
export { train } from "./train.js";
export type { Symbolic } from "./trees.js";

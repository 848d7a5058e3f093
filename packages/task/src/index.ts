export { fromFile, type Kind, requireFields, requireSize } from "./described.js";
export { type Releasable, releasable } from "./disposable.js";
export {
  dataNeeded,
  type Evaluated,
  type EvaluatedPart,
  evaluatedPart,
  type Learner,
  partError,
  partOption,
} from "./evaluated-part.js";
export {
  type BytesOptions,
  bytesOf,
  type Files,
  jsonOf,
  linesOf,
  type OpenFileOptions,
  type TextOptions,
  textOf,
} from "./files.js";
export { partOf, shareOf, type TextHash, textHash } from "./hash.js";
export { type Host, type HostProgress, type HostRowOptions, noHost } from "./host.js";
export {
  type Given,
  openModel,
  type TrainTaskOptions,
  trainTask,
  type UseModelOptions,
  useModel,
  withPreset,
} from "./in-program.js";
export { type FileContent, memoryFiles } from "./memory-files.js";
export { type MemoryHostOptions, memoryHost } from "./memory-host.js";
export {
  FORMAT,
  type Header,
  headerOf,
  type ModelBytes,
  type OpenOptions,
  type Opens,
  openFile,
  readOf,
  requireTask,
  type Saved,
} from "./model-file.js";
export {
  type FlagOption,
  flagOf,
  type NumberOption,
  type Option,
  type Options,
  type OptionValues,
  options,
  requireRead,
  type TextOption,
  valuesOf,
} from "./options.js";
export { type Packed, type PackOptions, packModel } from "./pack.js";
export { readCodec } from "./read-codec.js";
export { requireValues } from "./require-values.js";
export type {
  AnyTask,
  Example,
  Export,
  ExportContext,
  Exported,
  FilesByName,
  Input,
  Moment,
  PrepareContext,
  Prepared,
  Said,
  SavedModel,
  Task,
  Trained,
  Use,
  UseContext,
  Validated,
} from "./task.js";
export { ENCODING, keptTokens, tokenOptions } from "./token-options.js";
export { requireSame, resumedValues } from "./training/resume.js";
export { keysOf, type Length, parameterCount, requireMeasurable } from "./training/settings.js";
export { type Description, keepsBest, type Place, type Started, start, trainOptions } from "./training/start.js";
export { requireTrainedWith } from "./training/trained-with.js";
export {
  CELLS,
  OPTIMIZERS,
  SCHEDULES,
  type TrainingDefaults,
  type TrainingValues,
  trainingOptions,
} from "./training-options.js";

export { beamSearch } from "./beam/beam-search.js";
export type { Hypothesis } from "./beam/hypothesis.js";
export { averagePenalty, type LengthPenalty, noPenalty, wuPenalty } from "./beam/length-penalty.js";
export { type BeamModel, type BeamSearcher, type Begun, beamSearcher, type SearchOptions } from "./beam/on-backend.js";
export type { BeamSearchOptions } from "./beam/options.js";
export type { BeamRead, BeamStep, BeamStepResult } from "./beam/step.js";
export { type SamplingOptions, samplingDistribution } from "./distribution.js";
export { type DecodeStep, type GenerateOptions, generate } from "./generate.js";
export { type Sampler, type SamplerOptions, sampler } from "./sampler.js";

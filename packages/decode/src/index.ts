export { type SamplingOptions, samplingDistribution } from "./distribution.js";
export { type DecodeStep, type GenerateOptions, generate } from "./generate.js";
export { type Sampler, type SamplerOptions, sampler } from "./sampler.js";

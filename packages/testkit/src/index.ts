export { difference, evaluateInF64, type Tolerance, widen } from "./compare.js";
export type { Case, Context } from "./conformance/case.js";
export { type ConformanceOptions, conformance, conformanceCases, type Skip } from "./conformance/conformance.js";
export { TOLERANCES, type WiderTolerance } from "./conformance/tolerances.js";
export { type RandomCase, type RandomKind, randomCase, randomKind } from "./random/case.js";
export { gradientProgram } from "./random/gradients.js";
export { type Precision, type RandomProgram, type RandomProgramOptions, randomProgram } from "./random/program.js";
export type { Values } from "./random/scope.js";
export { type Slope, slopes } from "./slopes.js";

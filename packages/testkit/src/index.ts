export { difference, evaluateInF64, type Tolerance, widen } from "./compare.js";
export { gradientProgram } from "./random/gradients.js";
export { type RandomProgram, type RandomProgramOptions, randomProgram } from "./random/program.js";

export type { EquationEvent } from "@throughtime/core";
export { type ReferenceBackend, type ReferenceOptions, reference } from "./reference.js";

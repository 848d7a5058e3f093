export { type OrtBackend, type OrtOptions, type OrtStatistics, ort } from "./backend.js";
export type { Device } from "./devices.js";
export type { Runtime } from "./runtime.js";

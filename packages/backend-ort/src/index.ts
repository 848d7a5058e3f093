export { type OrtBackend, type OrtOptions, ort } from "./backend.js";
export type { Device } from "./devices.js";
export type { OrtStatistics } from "./host.js";
export type { Runtime } from "./runtime.js";

export type { OrtBackend, OrtOptions } from "./backend.js";
export type { Device } from "./devices.js";
export type { OrtStatistics } from "./host.js";
export { ort } from "./node.js";
export type { Runtime } from "./runtime.js";

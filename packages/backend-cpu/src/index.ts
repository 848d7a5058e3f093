export { type CpuBackend, type CpuOptions, type CpuStatistics, cpu } from "./backend.js";

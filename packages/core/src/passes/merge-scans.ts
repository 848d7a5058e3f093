import type { Program } from "../program.js";

export const mergeScans = (program: Program): Program => program;

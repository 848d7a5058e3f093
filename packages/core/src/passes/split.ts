import type { Program } from "../program.js";

export const split = (program: Program): Program => program;

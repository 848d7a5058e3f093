import type { Case } from "./case.js";
import { checkGradient } from "./gradients.js";
import { checkProgram, programOf } from "./run.js";
import { SCANS } from "./scan-programs.js";
import { valuesOf } from "./values.js";

/** `scan/<name>` and `gradient/scan/<name>`: scans of every kind, and what flows back through them. */
export const scanCases = (): Case[] =>
  SCANS.flatMap(({ name, operands, fn, differentiable = true }) => {
    const values: Case = {
      name: `scan/${name}`,
      run: (context) => checkProgram(context, "scan", programOf(fn, operands), valuesOf(name, operands)),
    };
    const gradient: Case = {
      name: `gradient/scan/${name}`,
      run: (context) => checkGradient(context, "gradient", programOf(fn, operands), valuesOf(name, operands)),
    };
    return differentiable ? [values, gradient] : [values];
  });

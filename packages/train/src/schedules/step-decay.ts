import { optionsOf } from "@throughtime/core";
import { requireRange } from "../check.js";
import { requireEvery } from "../every.js";
import type { Schedule } from "./schedule.js";

/**
 * The rate falls by `factor` (default 0.1) after every `every.steps` steps. Throws OptionError where that is no integer
 * of at least 1 or `factor` is negative.
 *
 * @example stepDecay({ every: { steps: 1000 }, factor: 0.5 })
 */
export function stepDecay(options: { readonly every: { readonly steps: number }; readonly factor?: number }): Schedule {
  const { every, factor = 0.1 } = optionsOf("stepDecay", options, "every", "factor");
  requireEvery("stepDecay", "every", every, ["steps"]);
  requireRange("stepDecay", "factor", factor, 0);
  return (step) => factor ** Math.floor(step / every.steps);
}

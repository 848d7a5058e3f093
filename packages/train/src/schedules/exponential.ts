import { optionsOf } from "@throughtime/core";
import { requireRange } from "../check.js";
import { requireEvery } from "../every.js";
import type { Schedule } from "./schedule.js";

/**
 * The rate falls smoothly, by `factor` in `every.steps` steps (default 1): factor^(step / every.steps). Throws
 * OptionError where `every.steps` is no integer of at least 1 or `factor` is negative.
 */
export function exponential(options: {
  readonly factor: number;
  readonly every?: { readonly steps: number };
}): Schedule {
  const { factor, every = { steps: 1 } } = optionsOf("exponential", options, "factor", "every");
  requireEvery("exponential", "every", every, ["steps"]);
  requireRange("exponential", "factor", factor, 0);
  return (step) => factor ** (step / every.steps);
}

import { optionsOf } from "@throughtime/core";
import { requireInteger, requireRange } from "../check.js";
import type { Schedule } from "./schedule.js";

/**
 * Half a cosine from 1 down to `floor` (a fraction of the optimizer's rate, default 0) in `steps` steps, and `floor`
 * from then on (Loshchilov & Hutter 2017, without restarts). Throws OptionError where `steps` is no integer of at least
 * 1 or `floor` is negative.
 */
export function cosine(options: { readonly steps: number; readonly floor?: number }): Schedule {
  const { steps, floor = 0 } = optionsOf("cosine", options, "steps", "floor");
  requireInteger("cosine", "steps", steps, 1);
  requireRange("cosine", "floor", floor, 0);
  return (step) => floor + ((1 - floor) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

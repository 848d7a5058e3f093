import { requireInteger, requireRange } from "../check.js";
import type { Schedule } from "./schedule.js";

/**
 * The rate falls by `factor` (default 0.1) after every `every` steps. Throws OptionError where `every` is no integer of
 * at least 1 or `factor` is negative.
 */
export function stepDecay({ every, factor = 0.1 }: { readonly every: number; readonly factor?: number }): Schedule {
  requireInteger("stepDecay", "every", every, 1);
  requireRange("stepDecay", "factor", factor, 0);
  return (step) => factor ** Math.floor(step / every);
}

import { requireInteger, requireRange } from "../check.js";
import type { Schedule } from "./schedule.js";

/**
 * The rate falls smoothly, by `factor` in `every` steps (default 1): factor^(step / every). Throws OptionError where
 * `every` is no integer of at least 1 or `factor` is negative.
 */
export function exponential({ factor, every = 1 }: { readonly factor: number; readonly every?: number }): Schedule {
  requireInteger("exponential", "every", every, 1);
  requireRange("exponential", "factor", factor, 0);
  return (step) => factor ** (step / every);
}

import { optionsOf, requireFunction } from "@throughtime/core";
import { requireInteger } from "../check.js";
import type { FeedbackSchedule, Schedule } from "./schedule.js";

/**
 * A linear warm-up before any schedule: in the first `steps` steps the factor climbs 1/steps, 2/steps, … to where `next`
 * begins; `next` counts its own steps from there. Throws OptionError where `steps` is no integer of at least 1.
 *
 * @example warmUp(cosine({ steps: total - 100 }), { steps: 100 })
 */
export function warmUp<S extends Schedule | FeedbackSchedule>(next: S, options: { readonly steps: number }): S {
  const { steps } = optionsOf("warmUp", options, "steps");
  requireInteger("warmUp", "steps", steps, 1);
  if (typeof next !== "object") requireFunction("warmUp: the schedule after it", next);
  const climb = (step: number, after: (step: number) => number) =>
    step < steps ? ((step + 1) / steps) * after(0) : after(step - steps);
  if (typeof next === "function") return ((step: number) => climb(step, next)) as S;
  return { ...next, factor: (step, state) => climb(step, (inner) => next.factor(inner, state)) };
}

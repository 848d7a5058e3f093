import { requireInteger } from "../check.js";
import type { FeedbackSchedule, Schedule } from "./schedule.js";

/**
 * A linear warm-up before any schedule: in the first `steps` steps the factor climbs 1/steps, 2/steps, … to where `then`
 * begins; `then` counts its own steps from there. Throws OptionError where `steps` is no integer of at least 1.
 *
 * @example warmUp({ steps: 100, then: cosine({ steps: total - 100 }) })
 */
export function warmUp<S extends Schedule | FeedbackSchedule>({
  steps,
  then,
}: {
  readonly steps: number;
  readonly then: S;
}): S {
  requireInteger("warmUp", "steps", steps, 1);
  const climb = (step: number, after: (step: number) => number) =>
    step < steps ? ((step + 1) / steps) * after(0) : after(step - steps);
  if (typeof then === "function") return ((step: number) => climb(step, then)) as S;
  return { ...then, factor: (step, state) => climb(step, (inner) => then.factor(inner, state)) };
}

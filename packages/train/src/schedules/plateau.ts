import { optionsOf } from "@throughtime/core";
import { requireInteger, requireRange } from "../check.js";
import type { FeedbackSchedule } from "./schedule.js";

export interface PlateauOptions {
  /** What the rate is multiplied by when the loss has stopped falling. Default 0.1. */
  readonly factor?: number;
  /** The rate is lowered after more than this many validations in a row without improvement. Default 10. */
  readonly patience?: number;
  /** A loss counts as better if it is below best · (1 − threshold). Default 1e-4. */
  readonly threshold?: number;
  /** How many validations after a fall are not counted. Default 0. */
  readonly cooldown?: number;
  /** The least factor. Default 0. */
  readonly floor?: number;
}

/** Plain data. `best` is null before the first validation. */
export type PlateauState = {
  readonly factor: number;
  readonly best: number | null;
  readonly bad: number;
  readonly cooling: number;
};

/**
 * Lowers the rate when the validation loss stops falling, as PyTorch's ReduceLROnPlateau does. `train` feeds it each
 * validation's loss and keeps its state in the checkpoint. Throws OptionError where an option is out of range.
 */
export function plateau(options: PlateauOptions = {}): FeedbackSchedule<PlateauState> {
  optionsOf("plateau", options, "factor", "patience", "threshold", "cooldown", "floor");
  const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, floor = 0 } = options;
  requireRange("plateau", "factor", factor, 0, 1);
  requireInteger("plateau", "patience", patience, 0);
  requireRange("plateau", "threshold", threshold, 0, 1);
  requireInteger("plateau", "cooldown", cooldown, 0);
  requireRange("plateau", "floor", floor, 0);
  return {
    start: { factor: 1, best: null, bad: 0, cooling: 0 },
    factor: (_, state) => state.factor,
    observe(state, loss) {
      const better = state.best === null || loss < state.best * (1 - threshold);
      const best = better ? loss : state.best;
      const cooling = Math.max(0, state.cooling - 1);
      const bad = better || state.cooling > 0 ? 0 : state.bad + 1;
      if (bad <= patience) return { factor: state.factor, best, bad, cooling };
      return { factor: Math.max(floor, state.factor * factor), best, bad: 0, cooling: cooldown };
    },
  };
}

/** The best validation so far, and how many there were since. Plain data; stands in the checkpoint. */
export type Stopping = {
  readonly best: number | null;
  readonly bestStep: number | null;
  readonly since: number;
};

export const notYet: Stopping = { best: null, bestStep: null, since: 0 };

/** The state after a validation. The first one, and any that is lower than all before, is the best. */
export const afterValidation = (state: Stopping, loss: number, step: number): Stopping =>
  state.best === null || loss < state.best
    ? { best: loss, bestStep: step, since: 0 }
    : { ...state, since: state.since + 1 };

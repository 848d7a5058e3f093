/** What a step is to read: one token for each row, after taking the rows of the state that they continue. */
export interface BeamRead {
  /** The token of each row: R of them. */
  readonly tokens: Int32Array;
  /** Which row of the state before each continues; rows may repeat, go, and be more or fewer than there were. */
  readonly parents: Int32Array;
  /**
   * Whether each row is of the same sequence as the row in its place was: what a state knows of its source then need not move.
   */
  readonly sameSources: boolean;
}

export interface BeamStepResult<S> {
  readonly state: S;
  /** ln p of every token after each row: [R · V], row by row. The search owns and changes it. */
  readonly logProbabilities: Float32Array;
  /** Where the model looked, for each row: [R · S]. */
  readonly attention?: Float32Array;
}

/** A model as a search sees it: many rows at once, each one sequence so far. It consumes the state that it is given. */
export type BeamStep<S> = (state: S, read: BeamRead) => Promise<BeamStepResult<S>>;

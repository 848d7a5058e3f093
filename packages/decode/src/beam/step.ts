/** What a step is to read: one token for each row, after taking the rows of the state that they continue. */
export interface BeamRead {
  /** The token of each row: R of them. */
  readonly tokens: Int32Array;
  /** The row of the state that each row continues. A row may be continued several times or not at all, so the number of rows may change. */
  readonly parents: Int32Array;
  /**
   * Whether each row belongs to the same source as the row at its place before. Then what a state has of the sources need not be reordered.
   */
  readonly sameSources: boolean;
}

export interface BeamStepResult<S> {
  readonly state: S;
  /** ln p of every token after each row: [R · V], row by row. The search owns and changes it. */
  readonly logProbabilities: Float32Array;
  /** The attention weights of each row: [R · S]. */
  readonly attention?: Float32Array;
}

/** A model in a search: a step of many rows, each of which is a sequence so far. It consumes the state that it gets. */
export type BeamStep<S> = (state: S, read: BeamRead) => Promise<BeamStepResult<S>>;

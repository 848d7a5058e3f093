/** A finished sequence. */
export interface Hypothesis {
  /** Without begin and end tokens. */
  readonly tokens: readonly number[];
  /** ln p over the length penalty: what hypotheses compete by. */
  readonly score: number;
  /** ln p of all tokens and of the end. */
  readonly logProbability: number;
  /** Where the model looked when it said each token, the end last; absent where the step gives no attention. */
  readonly attention?: readonly Float32Array[];
}

/** A sequence that goes on. */
export interface Live {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  readonly attention: readonly Float32Array[] | undefined;
  /** Its row in the step that comes next's state. */
  readonly row: number;
}

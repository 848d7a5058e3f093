/** A finished sequence. */
export interface Hypothesis {
  /** Without begin and end tokens. */
  readonly tokens: readonly number[];
  /** The log-probability divided by the length penalty. Hypotheses are ranked by it. */
  readonly score: number;
  /** ln p of all tokens with the end token. */
  readonly logProbability: number;
  /** The attention weights of each token, the end token last; absent where the step gives no attention. */
  readonly attention?: readonly Float32Array[];
}

/** A sequence that goes on. */
export interface Live {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  readonly attention: readonly Float32Array[] | undefined;
  /** Its row in the state of the next step. */
  readonly row: number;
}

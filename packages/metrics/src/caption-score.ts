/** What a metric says of captions. */
export interface CaptionScore {
  /** The mean over the hypotheses; 0 of none. */
  readonly score: number;
  /** Of each hypothesis. */
  readonly each: readonly number[];
}

/** 0 of none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

import { NonFiniteError } from "@throughtime/core";

/** A token and its ln p. */
export interface ScoredToken {
  readonly token: number;
  readonly logProbability: number;
}

/**
 * The `count` likeliest tokens of a row, the likeliest first, of equal ones the lower id; without those at −Inf. Throws
 * NonFiniteError for NaN and +Inf.
 */
export function bestTokens(row: Float32Array, count: number): ScoredToken[] {
  const tokens: number[] = [];
  const values: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < row.length; token++) {
    const value = row[token] as number;
    if (value <= least) continue;
    if (!(value < Number.POSITIVE_INFINITY)) {
      throw new NonFiniteError(`beamSearch: ln p of token ${token} is ${value}. Has the model diverged?`, {
        token,
        value,
      });
    }
    let at = values.length;
    while (at > 0 && (values[at - 1] as number) < value) at--;
    values.splice(at, 0, value);
    tokens.splice(at, 0, token);
    if (values.length > count) {
      values.pop();
      tokens.pop();
    }
    if (values.length === count) least = values[count - 1] as number;
  }
  return tokens.map((token, i) => ({ token, logProbability: values[i] as number }));
}

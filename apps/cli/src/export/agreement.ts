import { type Backend, CompileError, type NdArray } from "@throughtime/core";

/** How closely an exported model must agree with the backend: |difference| ≤ 1e-5 · max(1, |value|). */
export const TOLERANCE = 1e-5;

/** What was compared, and the largest difference there was, relative to max(1, |value|). */
export interface Agreement {
  readonly values: number;
  readonly largest: number;
}

/**
 * Compares what exported models give with what the backend gives. `compare` throws CompileError where they disagree; the
 * agreement is over all that was compared so far.
 */
export function agreementWith({ device }: Pick<Backend, "device">) {
  let [values, largest] = [0, 0];
  return {
    compare(what: string, actual: readonly NdArray[], expected: readonly NdArray[]): void {
      const difference = largestDifference(actual, expected);
      values += expected.reduce((sum, { data }) => sum + data.length, 0);
      largest = Math.max(largest, difference);
      // Written so that NaN disagrees.
      if (!(difference <= TOLERANCE)) {
        throw new CompileError(
          `export: ${what} and the model on ${device} differ by ${difference.toExponential(1)}; at most ${TOLERANCE} is allowed. Nothing was written.`,
          { difference },
        );
      }
    },
    agreement: (): Agreement => ({ values, largest }),
  };
}

function largestDifference(actual: readonly NdArray[], expected: readonly NdArray[]): number {
  let largest = 0;
  expected.forEach(({ data }, k) => {
    const other = actual[k]?.data;
    if (other?.length !== data.length) largest = Number.NaN;
    for (let i = 0; i < data.length && !Number.isNaN(largest); i++) {
      const value = data[i] as number;
      const difference = Math.abs((other?.[i] as number) - value) / Math.max(1, Math.abs(value));
      if (!(difference <= largest)) largest = difference;
    }
  });
  return largest;
}

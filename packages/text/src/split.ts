import { OptionError, optionsOf } from "@throughtime/core";

/** Shares of a whole, each ≥ 0, that sum to 1. */
export interface Fractions {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Three contiguous parts of a text, in this order; views, nothing is copied. Parts end at ⌊n · share⌋, so that all tokens
 * belong to exactly one. Throws OptionError where the fractions are not ≥ 0 or do not sum to 1.
 *
 * @example splitTokens(tokens, { train: 0.9, validation: 0.05, test: 0.05 })
 */
export function splitTokens(tokens: Int32Array, fractions: Fractions): Split {
  const { train, validation, test } = optionsOf("splitTokens", fractions, "train", "validation", "test");
  const shares = [train, validation, test];
  if (!shares.every((share) => share >= 0) || Math.abs(train + validation + test - 1) > 1e-9) {
    throw new OptionError(
      `splitTokens: train, validation and test must be ≥ 0 and sum to 1, received ${shares.join(", ")}.`,
      {
        shares,
      },
    );
  }
  // Shares are decimal fractions: 0.9 + 0.05 must not end a token early for want of one unit in the last place.
  const end = (share: number) => Math.min(tokens.length, Math.floor(tokens.length * share + 1e-6));
  const [first, second] = [end(train), end(train + validation)];
  return {
    train: tokens.subarray(0, first),
    validation: tokens.subarray(first, second),
    test: tokens.subarray(second),
  };
}

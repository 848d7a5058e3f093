/** The middle value; the mean of the two middle ones of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const minimum = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Infinity);

/** How much values scatter: half of what lies between their quartiles, as a part of the median. */
export function noise(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN;
  return (at(0.75) - at(0.25)) / 2 / median(sorted);
}

/**
 * How many times longer `a` takes than `b`: the median of the rounds' own ratios, each of medians. Both ran in every round,
 * one after the other, so a machine that was busy for a while was busy for both.
 */
export function ratio(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const perRound = a.flatMap((round, i) => {
    const other = b[i];
    return other && other.length > 0 && round.length > 0 ? [median(round) / median(other)] : [];
  });
  return median(perRound);
}

import type { Point } from "./chart.js";

/**
 * At most about `most` points that look like all of them: of each stretch the lowest and the highest, so that no spike is lost.
 */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    let [low, high] = [from, from];
    for (let i = from; i < Math.min(points.length, from + stretch); i++) {
      const y = valueAt(points, i);
      if (y < valueAt(points, low)) low = i;
      if (y > valueAt(points, high)) high = i;
    }
    const [first, second] = low < high ? [low, high] : [high, low];
    kept.push(points[first] as Point);
    if (second !== first) kept.push(points[second] as Point);
  }
  if (kept.at(-1) !== points.at(-1)) kept.push(points.at(-1) as Point);
  return kept;
}

const valueAt = (points: readonly Point[], i: number): number => (points[i] as Point)[1];

/** An exponential mean over a hundredth of the values, and at least ten, corrected for its start (Kingma & Ba 2015, section 3). */
export function runningMean(points: readonly Point[]): readonly Point[] {
  const keep = 1 - 1 / Math.max(10, points.length / 100);
  let sum = 0;
  let weight = 0;
  return points.map(([x, y]) => {
    sum = keep * sum + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    return [x, sum / weight];
  });
}

/** The least and the largest of values, but for a share at each end. */
export function rangeOf(values: readonly number[], leaveOut = 0): readonly [number, number] | undefined {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  if (leaveOut === 0) {
    return [
      finite.reduce((least, value) => Math.min(least, value)),
      finite.reduce((most, value) => Math.max(most, value)),
    ];
  }
  const sorted = Float64Array.from(finite).sort();
  const out = Math.floor(leaveOut * sorted.length);
  return [sorted[out] as number, sorted[sorted.length - 1 - out] as number];
}

/** Rows of weights, [m, n]: a line of n pixels as one of m, by a triangle as wide as what an output pixel covers. */
function bilinear(n: number, m: number): number[][] {
  const step = n / m;
  return Array.from({ length: m }, (_, o) => {
    const row = Array.from({ length: n }, (_, i) =>
      Math.max(0, 1 - Math.abs(i + 0.5 - (o + 0.5) * step) / Math.max(1, step)),
    );
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((weight) => weight / sum);
  });
}

/** One channel, resized by two products of matrices, in f64 and not rounded. */
export function resizedByMatrices(values: readonly (readonly number[])[], height: number, width: number): number[][] {
  const down = bilinear(values.length, height);
  const along = bilinear((values[0] as readonly number[]).length, width);
  const dot = (weights: readonly number[], of: (i: number) => number) =>
    weights.reduce((sum, w, i) => sum + w * of(i), 0);
  const half = values.map((row) => along.map((weights) => dot(weights, (x) => row[x] as number)));
  return down.map((weights) => along.map((_, x) => dot(weights, (y) => (half[y] as number[])[x] as number)));
}

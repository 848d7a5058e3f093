import { ArgumentError, describe, OptionError, optionsOf, ShapeError } from "@throughtime/core";

/** How many places a picture's grid has; there is a weight for each, row by row. */
export interface GridSize {
  readonly height: number;
  readonly width: number;
}

export interface UpsampledOptions {
  /** Standard deviation of the Gaussian, in cells of the grid. Default 0: none. */
  readonly sigma?: number;
}

/** A Gaussian ends at so many standard deviations, as in SciPy. */
const TRUNCATE = 4;

/** A side's most pixels. */
const MOST = 16_384;

/**
 * Weights over a grid, [h · w], as a map over the picture: f32 [H · W], both row by row. Bilinear with pixels' centres at halves, and the
 * outermost cells going on to the edge, as PyTorch's `interpolate(mode="bilinear", align_corners=False)`; then smoothed by a
 * Gaussian of `sigma` cells, mirrored at the edges. Xu et al. (2015, "Show, attend and tell") draw attention over 14 × 14 places
 * so, with `sigma: 1.25`.
 *
 * The map's mean is the weights' where H and W are multiples of h and w. It has no value below their smallest or above their largest.
 * Throws ShapeError where there are not h · w weights, OptionError for a size or `sigma` outside what it may be.
 *
 * @example upsampled(weights, { height: 14, width: 14 }, [224, 224], { sigma: 1.25 })
 */
export function upsampled(
  weights: ArrayLike<number>,
  { height, width }: GridSize,
  [H, W]: readonly [height: number, width: number],
  options: UpsampledOptions = {},
): Float32Array {
  const { sigma = 0 } = optionsOf("upsampled", options, "sigma");
  requireArguments(weights, { height, width }, [H, W], sigma);
  const rows = smoothed(linear(height, H), (sigma * H) / height);
  const columns = smoothed(linear(width, W), (sigma * W) / width);
  const across = new Float64Array(height * W); // [h, W]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < W; x++) {
      const line = columns[x] as Float64Array;
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (line[i] as number) * (weights[y * width + i] as number);
      across[y * W + x] = sum;
    }
  }
  const map = new Float32Array(H * W);
  for (let y = 0; y < H; y++) {
    const line = rows[y] as Float64Array;
    for (let x = 0; x < W; x++) {
      let sum = 0;
      for (let i = 0; i < height; i++) sum += (line[i] as number) * (across[i * W + x] as number);
      map[y * W + x] = sum;
    }
  }
  return map;
}

/** What each of `size` pixels takes of `n` cells: a row of `n` for each pixel, whose sum is 1. */
function linear(n: number, size: number): readonly Float64Array[] {
  return Array.from({ length: size }, (_, o) => {
    const at = Math.min(n - 1, Math.max(0, ((o + 0.5) * n) / size - 0.5));
    const left = Math.min(Math.floor(at), n - 1);
    const row = new Float64Array(n);
    row[left] = 1 - (at - left);
    if (at > left) row[left + 1] = at - left;
    return row;
  });
}

/** The same after a Gaussian of `sigma` pixels along the pixels. */
function smoothed(rows: readonly Float64Array[], sigma: number): readonly Float64Array[] {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  if (radius === 0) return rows;
  const gaussian = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = gaussian.reduce((sum, value) => sum + value, 0);
  return rows.map((row, o) => {
    const sums = new Float64Array(row.length);
    gaussian.forEach((value, i) => {
      const from = rows[mirrored(o + i - radius, rows.length)] as Float64Array;
      for (let c = 0; c < sums.length; c++) sums[c] = (sums[c] as number) + (value / total) * (from[c] as number);
    });
    return sums;
  });
}

/** d c b a | a b c d | d c b a */
function mirrored(at: number, size: number): number {
  const within = ((at % (2 * size)) + 2 * size) % (2 * size);
  return within < size ? within : 2 * size - 1 - within;
}

function requireArguments(
  weights: ArrayLike<number>,
  { height, width }: GridSize,
  size: readonly [number, number],
  sigma: number,
): void {
  for (const [name, side] of Object.entries({ height, width, "size[0]": size[0], "size[1]": size[1] })) {
    if (Number.isInteger(side) && side >= 1 && side <= MOST) continue;
    throw new OptionError(`upsampled: ${name} is ${given(side)}; expected a whole number from 1 to ${MOST}.`, { name });
  }
  if (!(Number.isFinite(sigma) && sigma >= 0 && sigma <= MOST)) {
    throw new OptionError(`upsampled: sigma is ${given(sigma)}; expected a number of cells from 0.`, { sigma });
  }
  if (typeof weights !== "object" || weights === null || typeof weights.length !== "number") {
    throw new ArgumentError(`upsampled: the weights are ${describe(weights)}; expected a list of numbers.`);
  }
  if (weights.length !== height * width) {
    throw new ShapeError(
      `upsampled: a grid of ${height} × ${width} has ${height * width} weights, received ${weights.length}.`,
      { expected: height * width, received: weights.length },
    );
  }
}

const given = (value: unknown): string => (typeof value === "number" ? String(value) : describe(value));

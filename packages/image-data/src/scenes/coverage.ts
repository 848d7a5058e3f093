import { boundsOf, type Polygon } from "./shapes.js";

/** How much of each pixel of a rectangle of pixels a polygon covers, from 0 to 1. */
export interface Coverage {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Row by row. */
  readonly shares: Float64Array;
}

/**
 * The exact share of each pixel that a polygon covers which does not cross itself: each edge adds the area that it cuts off to its right,
 * and sums along rows make areas of it, as font rasterizers do (Levien 2016, "Inside the fastest font renderer in the world").
 */
export function coverageOf(polygon: Polygon): Coverage {
  const bounds = boundsOf(polygon);
  const [left, top] = [Math.floor(bounds.left), Math.floor(bounds.top)];
  const [width, height] = [Math.ceil(bounds.right) - left, Math.ceil(bounds.bottom) - top];
  // One column more, for what an edge in the last column cuts off to its right.
  const cuts = new Float64Array((width + 2) * height);
  const count = polygon.length;
  for (let i = 0; i < count; i += 2) {
    const next = (i + 2) % count;
    const [x0, y0] = [(polygon[i] as number) - left, (polygon[i + 1] as number) - top];
    const [x1, y1] = [(polygon[next] as number) - left, (polygon[next + 1] as number) - top];
    if (y0 < y1) addEdge(cuts, width + 2, x0, y0, x1, y1, 1);
    else if (y1 < y0) addEdge(cuts, width + 2, x1, y1, x0, y0, -1);
  }
  const shares = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++) {
      sum += cuts[y * (width + 2) + x] as number;
      shares[y * width + x] = Math.min(1, Math.abs(sum));
    }
  }
  return { left, top, width, height, shares };
}

/** Adds an edge that leads down, from x0, y0 to x1, y1: row by row, and in a row pixel by pixel. */
function addEdge(
  cuts: Float64Array,
  stride: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  direction: 1 | -1,
): void {
  const slope = (x1 - x0) / (y1 - y0);
  const [least, most] = x0 < x1 ? [x0, x1] : [x1, x0];
  const end = Math.ceil(y1);
  let x = x0;
  for (let row = Math.floor(y0); row < end; row++) {
    const rows = Math.min(row + 1, y1) - Math.max(row, y0);
    const next = Math.min(most, Math.max(least, x + slope * rows));
    const [from, to] = x < next ? [x, next] : [next, x];
    const perX = to > from ? (direction * rows) / (to - from) : 0;
    for (let column = Math.floor(from), at = row * stride + column; ; column++, at++) {
      const begin = Math.max(from, column);
      const stop = Math.min(to, column + 1);
      const cut = perX === 0 ? direction * rows : perX * (stop - begin);
      // Of what the edge cuts off here, this pixel has the share to the right of the edge's middle; the next ones have all of it.
      const right = column + 1 - (begin + stop) / 2;
      cuts[at] = (cuts[at] as number) + cut * right;
      cuts[at + 1] = (cuts[at + 1] as number) + cut * (1 - right);
      if (to <= column + 1) break;
    }
    x = next;
  }
}

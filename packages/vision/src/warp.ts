/** How a picture is moved: turned by `angle` (radians, clockwise) and enlarged by `scale` about its centre, then shifted, in pixels. */
export interface Motion {
  readonly angle: number;
  readonly scale: number;
  readonly right: number;
  readonly down: number;
}

/** Where element c of pixel i stands: at i · perPixel + c · perChannel. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly perPixel: number;
  readonly perChannel: number;
}

/**
 * A picture that was moved, of the same size and layout: bilinear, with pixels' centres at halves. Beside the picture is `outside`, a value for
 * each channel. Written into `out`, which is not `source`.
 */
export function warp(
  source: Float32Array,
  out: Float32Array,
  raster: Raster,
  { angle, scale, right, down }: Motion,
  outside: ArrayLike<number>,
): void {
  const { height, width, channels, perPixel, perChannel } = raster;
  // Backwards, from a place of the result to one of the source.
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = x - middleX - right;
      const fromY = y - middleY - down;
      const u = cos * fromX + sin * fromY + middleX;
      const v = cos * fromY - sin * fromX + middleY;
      const left = Math.floor(u);
      const top = Math.floor(v);
      const [alongX, alongY] = [u - left, v - top];
      const to = (y * width + x) * perPixel;
      const at = (top * width + left) * perPixel;
      const inside = left >= 0 && top >= 0 && left + 1 < width && top + 1 < height;
      const beside = left < -1 || top < -1 || left >= width || top >= height;
      for (let c = 0; c < channels; c++) {
        const offset = c * perChannel;
        const none = outside[c] as number;
        const tap = (dx: number, dy: number): number =>
          left + dx >= 0 && left + dx < width && top + dy >= 0 && top + dy < height
            ? (source[at + (dy * width + dx) * perPixel + offset] as number)
            : none;
        if (beside) {
          out[to + offset] = none;
        } else if (inside) {
          const first = at + offset;
          const second = first + width * perPixel;
          const above = mix(source[first] as number, source[first + perPixel] as number, alongX);
          const below = mix(source[second] as number, source[second + perPixel] as number, alongX);
          out[to + offset] = mix(above, below, alongY);
        } else {
          out[to + offset] = mix(mix(tap(0, 0), tap(1, 0), alongX), mix(tap(0, 1), tap(1, 1), alongX), alongY);
        }
      }
    }
  }
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share;

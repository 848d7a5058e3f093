import { ArgumentError, describe, ShapeError } from "@throughtime/core";
import { requirePreprocessing } from "./check.js";
import { placementOf } from "./placement.js";
import type { Preprocessing } from "./preprocessing.js";

/** A picture's pixels: red, green, blue and alpha, row by row; alpha is not multiplied into the colours. An ImageData is one. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels of a picture of any size at the preprocessing's size: resized, and cut or padded as its fit says. Padding is transparent.
 * Bilinear, over all pixels that an output pixel covers where the picture shrinks ("antialias" of PIL and torchvision), with pixels'
 * centres at halves, and weighted by alpha, so that colours of transparent pixels do not show.
 * Throws ShapeError for pixels of another number than width × height, ArgumentError for something else than pixels.
 */
export function fitPixels(pixels: Pixels, preprocessing: Preprocessing): Uint8ClampedArray {
  const given = requirePreprocessing("fitPixels", preprocessing);
  requirePicture("fitPixels", pixels);
  const { data, width, height } = pixels;
  const place = placementOf(width, height, given);
  const [outHeight, outWidth] = given.size;
  const columns = tapsOf(width, outWidth, place.width, place.left);
  const rows = tapsOf(height, outHeight, place.height, place.top);
  const used = rows.filter(({ weights }) => weights.length > 0);
  const firstRow = (used[0] as Taps).from;
  const lastRow = used.reduce((last, { from, weights }) => Math.max(last, from + weights.length), firstRow);

  // Along rows: premultiplied sums, [rows that are needed, outWidth, 4].
  const across = new Float32Array((lastRow - firstRow) * outWidth * 4);
  for (let y = firstRow; y < lastRow; y++) {
    for (let x = 0; x < outWidth; x++) {
      const { from, weights } = columns[x] as Taps;
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let i = 0, at = 4 * (y * width + from); i < weights.length; i++, at += 4) {
        const weight = (weights[i] as number) * (data[at + 3] as number);
        r += weight * (data[at] as number);
        g += weight * (data[at + 1] as number);
        b += weight * (data[at + 2] as number);
        a += weight;
      }
      const to = 4 * ((y - firstRow) * outWidth + x);
      across[to] = r;
      across[to + 1] = g;
      across[to + 2] = b;
      across[to + 3] = a;
    }
  }

  // Down columns, and back to colours that alpha is not in. A clamped array rounds.
  const out = new Uint8ClampedArray(outHeight * outWidth * 4);
  for (let y = 0; y < outHeight; y++) {
    const { from, weights } = rows[y] as Taps;
    for (let x = 0; x < outWidth; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let i = 0, at = 4 * ((from - firstRow) * outWidth + x); i < weights.length; i++, at += 4 * outWidth) {
        const weight = weights[i] as number;
        r += weight * (across[at] as number);
        g += weight * (across[at + 1] as number);
        b += weight * (across[at + 2] as number);
        a += weight * (across[at + 3] as number);
      }
      if (a <= 0) continue;
      const to = 4 * (y * outWidth + x);
      out[to] = r / a;
      out[to + 1] = g / a;
      out[to + 2] = b / a;
      out[to + 3] = a;
    }
  }
  return out;
}

/** The pixels of a line that make one pixel of another, from one on, with weights whose sum is 1; none beside the picture. */
interface Taps {
  readonly from: number;
  readonly weights: readonly number[];
}

/** A line of n pixels as one of `size`, of which `resized` from `start` on are the picture. */
function tapsOf(n: number, size: number, resized: number, start: number): readonly Taps[] {
  const step = n / resized;
  const radius = Math.max(1, step);
  return Array.from({ length: size }, (_, o) => {
    if (o < start || o >= start + resized) return { from: 0, weights: [] };
    const centre = (o - start + 0.5) * step - 0.5;
    const from = Math.max(0, Math.ceil(centre - radius));
    const to = Math.min(n - 1, Math.floor(centre + radius));
    const triangle = Array.from({ length: to - from + 1 }, (_, i) => 1 - Math.abs(from + i - centre) / radius);
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    return { from, weights: triangle.map((weight) => weight / sum) };
  });
}

/** Throws ArgumentError for something else than pixels, ShapeError for pixels of another number than width × height. */
export function requirePicture(op: string, pixels: Pixels): void {
  if (typeof pixels !== "object" || pixels === null || !ArrayBuffer.isView(pixels.data)) {
    throw new ArgumentError(`${op}: the pixels are ${describe(pixels)}; expected { data, width, height }.`);
  }
  const { data, width, height } = pixels;
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
    throw new ShapeError(`${op}: the picture is ${width} × ${height}; expected whole numbers of pixels from 1.`, {
      width,
      height,
    });
  }
  if (data.length !== width * height * 4) {
    throw new ShapeError(
      `${op}: ${width} × ${height} pixels of RGBA are ${width * height * 4} bytes, received ${data.length}.`,
      { expected: width * height * 4, received: data.length },
    );
  }
}

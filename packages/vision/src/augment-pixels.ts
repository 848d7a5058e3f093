import type { Key } from "@throughtime/core";
import { type Augmentation, drawn } from "./augmentation.js";
import { type Pixels, requirePicture } from "./fit-pixels.js";
import { warp } from "./warp.js";

/**
 * Pixels that were moved at random, over a random background if there is one; the picture keeps its size. Equal keys give equal pixels.
 * Colours are weighted by alpha, so that those of transparent pixels do not show. Throws OptionError where the augmentation is
 * outside what it may be, ShapeError for pixels of another number than width × height, ArgumentError for something else than pixels.
 */
export function augmentPixels(
  pixels: Pixels,
  augmentation: Augmentation,
  key: Key,
): Pixels & { data: Uint8ClampedArray } {
  requirePicture("augmentPixels", pixels);
  const { data, width, height } = pixels;
  const { motion, background } = drawn("augmentPixels", width, height, augmentation, key);
  const weighted = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = (data[at + 3] as number) / 255;
    for (let c = 0; c < 3; c++) weighted[at + c] = (data[at + c] as number) * alpha;
    weighted[at + 3] = alpha;
  }
  const moved = new Float32Array(data.length);
  warp(weighted, moved, { height, width, channels: 4, perPixel: 4, perChannel: 1 }, motion, [0, 0, 0, 0]);
  const out = new Uint8ClampedArray(data.length); // it rounds
  for (let at = 0; at < out.length; at += 4) {
    const alpha = moved[at + 3] as number;
    for (let c = 0; c < 3; c++) {
      const colour = moved[at + c] as number;
      out[at + c] = background ? colour + (background[c] as number) * (1 - alpha) : alpha > 0 ? colour / alpha : 0;
    }
    out[at + 3] = background ? 255 : alpha * 255;
  }
  return { data: out, width, height };
}

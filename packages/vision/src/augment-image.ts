import { type Key, type NdArray, OptionError, requireArray, ShapeError, shapeText } from "@throughtime/core";
import { type Augmentation, drawn } from "./augmentation.js";
import { requirePreprocessing } from "./check.js";
import { imageShape, pixelsToArray } from "./pixels.js";
import type { Preprocessing } from "./preprocessing.js";
import { warp } from "./warp.js";

/**
 * An array that `pixelsToArray` made, of a picture that is moved at random; beside it is the preprocessing's background. Equal keys give equal
 * arrays. Throws OptionError where the augmentation is outside what it may be, or has a background, which an
 * array cannot be given any more: `augmentPixels` can; ShapeError where the array has not the preprocessing's shape.
 */
export function augmentImage(
  image: NdArray,
  preprocessing: Preprocessing,
  augmentation: Augmentation,
  key: Key,
): NdArray {
  const given = requirePreprocessing("augmentImage", preprocessing);
  const [height, width] = given.size;
  const { motion, background } = drawn("augmentImage", width, height, augmentation, key);
  if (background) {
    throw new OptionError(
      "augmentImage: the augmentation has a background, but an array has no transparent pixels. Change the pixels by augmentPixels, then make an array of them.",
    );
  }
  requireArray("augmentImage: the image", image);
  const shape = imageShape(given);
  if (image.dtype !== "f32" || shapeText(image.shape) !== shapeText(shape)) {
    throw new ShapeError(
      `augmentImage: the image is ${image.dtype}${shapeText(image.shape)}; expected f32${shapeText(shape)}, as its preprocessing makes it.`,
      { expected: shape, received: image.shape },
    );
  }
  const outside = pixelsToArray(new Uint8Array(4), { ...given, size: [1, 1] }).data;
  const channels = outside.length;
  const [perPixel, perChannel] = given.layout === "chw" ? [1, height * width] : [channels, 1];
  const data = new Float32Array(image.data.length);
  warp(image.data as Float32Array, data, { height, width, channels, perPixel, perChannel }, motion, outside);
  return { data, shape, dtype: "f32" };
}

import {
  ArgumentError,
  describe,
  type NdArray,
  requireArray,
  requireList,
  ShapeError,
  shapeText,
} from "@throughtime/core";
import { requirePreprocessing } from "./check.js";
import type { Pixels } from "./fit-pixels.js";
import type { Preprocessing } from "./preprocessing.js";

/** BT.601's weights of red, green and blue. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Where the channels stand in a pixel's red, green and blue. */
const ORDER = { rgb: [0, 1, 2], bgr: [2, 1, 0], gray: [0] } as const;

/** The shape of a picture's array: [C, H, W] or [H, W, C]. */
export function imageShape({ size: [height, width], channels, layout }: Preprocessing): readonly number[] {
  const count = ORDER[channels].length;
  return layout === "chw" ? [count, height, width] : [height, width, count];
}

/**
 * A picture as an f32 array, [C, H, W] or [H, W, C], of its pixels: red, green, blue and alpha, row by row, of exactly the
 * preprocessing's size, as `getImageData` gives them; alpha is not multiplied into the colours. Transparent pixels are
 * laid over the background. Throws ShapeError for another number of bytes, ArgumentError for something else than bytes.
 */
export function pixelsToArray(pixels: Uint8Array | Uint8ClampedArray, preprocessing: Preprocessing): NdArray {
  const given = requirePreprocessing("pixelsToArray", preprocessing);
  requirePixels(pixels, given);
  const { size, channels, scale, mean, std, layout, background } = given;
  const area = size[0] * size[1];
  const order = ORDER[channels];
  const data = new Float32Array(order.length * area);
  // Element c of pixel i stands at i · perPixel + c · perChannel.
  const [perPixel, perChannel] = layout === "chw" ? [1, area] : [order.length, 1];
  order.forEach((from, c) => {
    const back = channels === "gray" ? luma(background, 0) : (background[from] as number);
    const factor = scale / (std[c] as number);
    const shift = (mean[c] as number) / (std[c] as number);
    for (let i = 0, at = 0, to = c * perChannel; i < area; i++, at += 4, to += perPixel) {
      const colour = channels === "gray" ? luma(pixels, at) : (pixels[at + from] as number);
      const alpha = pixels[at + 3] as number;
      const over = alpha === 255 ? colour : back + ((colour - back) * alpha) / 255;
      data[to] = over * factor - shift;
    }
  });
  return { data, shape: imageShape(given), dtype: "f32" };
}

/**
 * The pixels that a picture's array [C, H, W] or [H, W, C] was made of, to be shown: what `pixelsToArray` makes, backwards. Opaque, rounded and cut
 * off at 0 and 255; gray where the array is. Throws ShapeError for an array of another shape or dtype than the preprocessing's.
 */
export function arrayToPixels(array: NdArray, preprocessing: Preprocessing): Pixels {
  const given = requirePreprocessing("arrayToPixels", preprocessing);
  requireArray("arrayToPixels: the array", array);
  const shape = imageShape(given);
  if (array.dtype !== "f32" || shapeText(array.shape) !== shapeText(shape)) {
    throw new ShapeError(
      `arrayToPixels: the array is ${array.dtype}${shapeText(array.shape)}; expected f32${shapeText(shape)}, as the preprocessing makes it.`,
      { expected: shape, received: array.shape },
    );
  }
  const { size, channels, scale, mean, std, layout } = given;
  const [height, width] = size;
  const area = height * width;
  const order = ORDER[channels];
  const [perPixel, perChannel] = layout === "chw" ? [1, area] : [order.length, 1];
  const data = new Uint8ClampedArray(4 * area).fill(255); // a clamped array rounds
  order.forEach((to, c) => {
    const targets = channels === "gray" ? [0, 1, 2] : [to];
    for (let i = 0; i < area; i++) {
      const value = array.data[i * perPixel + c * perChannel] as number;
      const byte = (value * (std[c] as number) + (mean[c] as number)) / scale;
      for (const target of targets) data[4 * i + target] = byte;
    }
  });
  return { data, width, height };
}

const luma = (rgb: ArrayLike<number>, at: number): number =>
  LUMA[0] * (rgb[at] as number) + LUMA[1] * (rgb[at + 1] as number) + LUMA[2] * (rgb[at + 2] as number);

/**
 * Pictures of one shape as a batch, [B, C, H, W] or [B, H, W, C]. Throws ShapeError where one's shape is not the first one's,
 * ArgumentError where there is none.
 */
export function imageBatch(images: readonly NdArray[]): NdArray {
  requireList("imageBatch: the images", images);
  const [first] = images;
  if (first === undefined) throw new ArgumentError("imageBatch: there are no images; expected one or more.");
  images.forEach((image, i) => {
    requireArray(`imageBatch: image ${i}`, image);
    if (image.dtype !== "f32" || shapeText(image.shape) !== shapeText(first.shape)) {
      throw new ShapeError(
        `imageBatch: image ${i} is ${image.dtype}${shapeText(image.shape)}; expected f32${shapeText(first.shape)}, as image 0. Read all images with one preprocessing.`,
        { index: i, expected: first.shape, received: image.shape },
      );
    }
  });
  const data = new Float32Array(images.length * first.data.length);
  images.forEach((image, i) => {
    data.set(image.data, i * first.data.length);
  });
  return { data, shape: [images.length, ...first.shape], dtype: "f32" };
}

function requirePixels(pixels: Uint8Array | Uint8ClampedArray, { size: [height, width] }: Preprocessing): void {
  const tag = ArrayBuffer.isView(pixels) ? (pixels as Uint8Array)[Symbol.toStringTag] : "";
  if (tag !== "Uint8Array" && (tag as string) !== "Uint8ClampedArray") {
    throw new ArgumentError(`pixelsToArray: the pixels are ${describe(pixels)}; expected a Uint8Array of RGBA.`);
  }
  const expected = height * width * 4;
  if (pixels.length === expected) return;
  throw new ShapeError(
    `pixelsToArray: ${height} × ${width} pixels of RGBA are ${expected} bytes, received ${pixels.length}. Resize the picture to the preprocessing's size first.`,
    { expected, received: pixels.length },
  );
}

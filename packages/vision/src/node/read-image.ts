import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DataError, type NdArray, OptionError, optionsOf, printable } from "@throughtime/core";
import type { Sharp } from "sharp";
import { requirePreprocessing } from "../check.js";
import { fitPixels } from "../fit-pixels.js";
import { pixelsToArray } from "../pixels.js";
import { type Placement, placementOf } from "../placement.js";
import type { Preprocessing } from "../preprocessing.js";
import { type ImageSource, imageSource } from "../source.js";
import { formatOf, svgText, whatItIs } from "./format.js";
import { loadSharp } from "./load.js";
import { type SvgRenderer, svgRenderer } from "./svg.js";

export interface ReadImageOptions {
  /** The most pixels that a file may declare, which are refused before they are decoded. Default: 268,402,689, which is 16,383². */
  readonly limitInputPixels?: number | undefined;
}

export const DEFAULT_LIMIT = 16_383 ** 2;

/** A file's most bytes: what is larger is no picture, or no picture that is read at once. */
const MOST_BYTES = 2 ** 30;

/**
 * A picture as an f32 array, [C, H, W] or [H, W, C]: a path, a file's bytes, or a source with a name. JPEG, PNG, GIF, WebP, AVIF and TIFF
 * are decoded and resized by sharp, SVG is drawn by resvg, pixels are resized by fitPixels. Colours become sRGB of 8 bits; EXIF orientation
 * is applied; of an animation, the first frame is read. Resizing is bilinear over all pixels that an output pixel covers, weighted by alpha.
 * Throws DataError, which names the file, where it is not there, no picture, damaged, cut, or larger than the limit.
 */
export async function readImage(
  source: string | URL | Uint8Array | ImageSource,
  preprocessing: Preprocessing,
  options: ReadImageOptions = {},
): Promise<NdArray> {
  const { limitInputPixels = DEFAULT_LIMIT } = optionsOf("readImage", options, "limitInputPixels");
  requireLimit("readImage", limitInputPixels);
  requirePreprocessing("readImage", preprocessing);
  const named = imageSource("readImage", withName(source));
  const svg = svgRenderer();
  try {
    return await decodedImage(named, preprocessing, { limit: limitInputPixels, svg });
  } finally {
    await svg.close();
  }
}

function withName(source: string | URL | Uint8Array | ImageSource): string | ImageSource {
  if (source instanceof URL) return { name: source.href, path: fileURLToPath(source) };
  return source instanceof Uint8Array ? { name: "the picture", bytes: source } : source;
}

/** readImage, of arguments that were checked, with a renderer that serves several pictures. */
export async function decodedImage(
  source: ImageSource,
  preprocessing: Preprocessing,
  { limit, svg }: { limit: number; svg: SvgRenderer },
): Promise<NdArray> {
  if ("pixels" in source) return pixelsToArray(fitPixels(source.pixels, preprocessing), preprocessing);
  const name = printable(source.name);
  const bytes = "bytes" in source ? source.bytes : await bytesOf(name, source.path);
  const text = svgText(bytes);
  const pixels =
    text === undefined
      ? await pixelsOf(name, bytes, preprocessing, limit)
      : fitPixels(await svg.render(name, text, preprocessing), preprocessing);
  return pixelsToArray(pixels, preprocessing);
}

export function requireLimit(op: string, limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new OptionError(`${op}: limitInputPixels is ${String(limit)}; expected a whole number of pixels from 1.`, {
    limit,
  });
}

/** RGBA of the preprocessing's size. */
async function pixelsOf(
  name: string,
  bytes: Uint8Array,
  wanted: Preprocessing,
  limit: number,
): Promise<Uint8Array | Uint8ClampedArray> {
  const format = formatOf(bytes);
  if (format === undefined) {
    throw new DataError(
      `readImage: ${name} is not a picture: ${whatItIs(bytes)}. Expected JPEG, PNG, GIF, WebP, AVIF, TIFF or SVG.`,
      { name },
    );
  }
  const sharp = await loadSharp();
  try {
    const { width, height, autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    requireWithin(name, width, height, limit);
    const picture = sharp(bytes, { limitInputPixels: limit, failOn: "error", autoOrient: true });
    return await resized(picture, autoOrient, wanted);
  } catch (error) {
    if ((error as Error).name === "DataError") throw error;
    const reason = printable((error as Error).message.trim());
    throw new DataError(
      `readImage: ${name} begins as a ${format} and cannot be decoded: ${reason}. It is cut, damaged, or of a kind of ${format} that is not read.`,
      { name, format },
      { cause: error },
    );
  }
}

/** Bilinear as in fitPixels; the decoders' own shrinking is used only where it leaves twice the size that is needed. */
const HOW = { fit: "fill", kernel: "linear", fastShrinkOnLoad: false } as const;

/**
 * Padding is transparent here: one function lays pixels over the background, whatever is transparent in them. sharp shrinks pictures; where it
 * enlarges them, it shifts them by half a pixel, so that is done here.
 */
async function resized(picture: Sharp, { width, height }: { width: number; height: number }, wanted: Preprocessing) {
  const place = placementOf(width, height, wanted);
  const bytes = (shrunk: Sharp) =>
    shrunk.toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  if (place.width <= width && place.height <= height) {
    return (await bytes(cutOrPadded(picture.resize({ ...sides(place), ...HOW }), place, wanted))).data;
  }
  const least = { width: Math.min(width, place.width), height: Math.min(height, place.height) };
  const { data, info } = await bytes(picture.resize({ ...least, ...HOW }));
  // Only "fill" shrinks one side and enlarges the other; the other fits find their picture here as it was.
  return fitPixels({ data, width: info.width, height: info.height }, wanted);
}

const sides = ({ width, height }: Placement) => ({ width, height });

function cutOrPadded(picture: Sharp, place: Placement, { size: [height, width], fit }: Preprocessing): Sharp {
  const { left, top } = place;
  if (fit === "cover") return picture.extract({ left: -left, top: -top, width, height });
  const background = { r: 0, g: 0, b: 0, alpha: 0 };
  const [right, bottom] = [width - left - place.width, height - top - place.height];
  return picture.extend({ left, top, right, bottom, background });
}

function requireWithin(name: string, width: number, height: number, limit: number): void {
  if (width * height <= limit) return;
  throw new DataError(
    `readImage: ${name} has ${width} × ${height} = ${width * height} pixels; expected at most ${limit}. If it is meant, give a larger limitInputPixels.`,
    { name, width, height, limit },
  );
}

async function bytesOf(name: string, path: string): Promise<Uint8Array> {
  const fail = (why: string, cause?: unknown) => new DataError(`readImage: ${name} ${why}.`, { name }, { cause });
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw fail("is not a file");
      if (stat.size > MOST_BYTES) throw fail(`has ${stat.size} bytes; a picture has at most ${MOST_BYTES}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const { name: kind, code, message } = error as NodeJS.ErrnoException;
    if (kind === "DataError") throw error;
    throw fail(code === "ENOENT" ? "is not there" : `cannot be read: ${printable(message)}`, error);
  }
}

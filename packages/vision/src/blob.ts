import { ArgumentError, DataError, describe, type NdArray } from "@throughtime/core";
import { requirePreprocessing } from "./check.js";
import { fitPixels, type Pixels } from "./fit-pixels.js";
import { pixelsToArray } from "./pixels.js";
import type { Preprocessing } from "./preprocessing.js";

/** What pages and workers have, and Node does not. */
interface Scope {
  createImageBitmap?(image: Blob, options: object): Promise<Bitmap>;
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
}
interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}
interface Canvas {
  getContext(kind: "2d", options: object): Context;
}
interface Context {
  drawImage(image: Bitmap, left: number, top: number): void;
  getImageData(left: number, top: number, width: number, height: number): Pixels;
}

/**
 * A picture as an f32 array, [C, H, W] or [H, W, C], in a page or worker: of a file that was chosen, dropped or fetched, in any format that
 * the browser's `createImageBitmap` decodes. Turned as its EXIF orientation says; of an animation, its first frame.
 * Throws DataError where the browser cannot decode it, ArgumentError where there is no createImageBitmap.
 */
export async function imageFromBlob(blob: Blob, preprocessing: Preprocessing): Promise<NdArray> {
  const { createImageBitmap, OffscreenCanvas } = globalThis as Scope;
  if (createImageBitmap === undefined || OffscreenCanvas === undefined) {
    throw new ArgumentError(
      "imageFromBlob: there is no createImageBitmap here, which pages and workers have. In Node, use readImage of @throughtime/vision/node.",
    );
  }
  if (!(blob instanceof Blob)) throw new ArgumentError(`imageFromBlob: received ${describe(blob)}; expected a Blob.`);
  requirePreprocessing("imageFromBlob", preprocessing);
  const bitmap = await decoded(() => createImageBitmap(blob, { imageOrientation: "from-image" }), blob);
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return pixelsToArray(fitPixels(context.getImageData(0, 0, width, height), preprocessing), preprocessing);
  } finally {
    bitmap.close();
  }
}

async function decoded(make: () => Promise<Bitmap>, blob: Blob): Promise<Bitmap> {
  try {
    return await make();
  } catch (error) {
    const kind = blob.type === "" ? "no type" : `the type ${blob.type}`;
    throw new DataError(
      `imageFromBlob: the browser cannot decode this file of ${kind} and ${blob.size} bytes as a picture. Expected JPEG, PNG, GIF, WebP or AVIF.`,
      { type: blob.type, bytes: blob.size },
      { cause: error },
    );
  }
}

import type { CaptionedImage } from "@throughtime/image-data";
import type { CaptionImagesOptions, ImageCaption, ImageCaptioner } from "../file/image-captioner.js";
import type { Reader } from "./read-pixels.js";

/** Captions of pictures whose captions are known, in their order. */
export async function* captioned(
  captioner: ImageCaptioner,
  images: readonly CaptionedImage[],
  { read }: Reader,
  { batch, signal, ...how }: CaptionImagesOptions & { readonly batch: number },
): AsyncGenerator<{ readonly image: CaptionedImage; readonly caption: ImageCaption }> {
  for (let at = 0; at < images.length; at += batch) {
    const some = images.slice(at, at + batch);
    signal?.throwIfAborted();
    const captions = await captioner.captionBatch(await read(some), how);
    for (const [i, caption] of captions.entries()) yield { image: some[i] as CaptionedImage, caption };
  }
}

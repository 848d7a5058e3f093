import { type CaptionedImage, nearestByPixels } from "@throughtime/image-data";
import type { Host } from "@throughtime/task";
import { preprocessing } from "@throughtime/vision";
import type { Pictures } from "./data.js";

/** Small pictures are compared as well as large ones, and in a hundredth of the time. */
const COMPARED = preprocessing({ size: [16, 16], fit: "contain" });

/**
 * What a model that has learned nothing would say: the first caption of the training picture that differs least, pixel by pixel. Empty for a
 * picture that cannot be read.
 */
export async function nearestCaptions(
  images: readonly CaptionedImage[],
  train: Pictures,
  host: Host,
): Promise<readonly string[]> {
  const all = Array.from({ length: train.length }, (_, i) => train.at(i, 0));
  const known: { readonly caption: string; readonly array: Parameters<ReturnType<typeof nearestByPixels>>[0] }[] = [];
  let [done, read] = [0, 0];
  const total = all.length + images.length;
  const tell = () => host.progress({ what: "pictures", done: ++done, total });
  const sources = (some: readonly CaptionedImage[]) => some.map(({ source }) => source);
  for await (const { array } of host.images(sources(all), COMPARED)) {
    const [caption] = (all[read++] as CaptionedImage).captions;
    if (array && caption !== undefined) known.push({ caption, array });
    tell();
  }
  const find = nearestByPixels(known.map(({ array }) => array));
  const said: string[] = [];
  for await (const { array } of host.images(sources(images), COMPARED)) {
    said.push(array ? (known[find(array)]?.caption ?? "") : "");
    tell();
  }
  return said;
}

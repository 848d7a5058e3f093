import type { CaptionedImage } from "@throughtime/image-data";
import type { Host } from "@throughtime/task";
import { arrayToPixels, type Pixels, type Preprocessing, preprocessing } from "@throughtime/vision";

/**
 * Pictures for people; undefined for one that cannot be read. "seen": with the pixels that the encoder sees, at most 160 on a side, as a
 * history keeps them at every validation; "fine": 256 on the longer side where they stand in files, which may have more than the encoder sees.
 */
export type ShowPictures = (
  images: readonly CaptionedImage[],
  detail: "seen" | "fine",
) => Promise<readonly (Pixels | undefined)[]>;

const [SEEN, FINE] = [160, 256];

/** Shows pictures cut and padded as a preprocessing does it, so that attention stands where it was. */
export function showing(host: Host, { size: [height, width], fit, background }: Preprocessing): ShowPictures {
  const longer = Math.max(height, width);
  return async (images, detail) => {
    const sources = images.map(({ source }) => source);
    const haveMore = detail === "fine" && sources.every((source) => !("pixels" in source));
    const scale = (haveMore ? FINE : Math.min(longer, detail === "fine" ? FINE : SEEN)) / longer;
    const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
    const how = preprocessing({ size: [side(height), side(width)], fit, background });
    const shown: (Pixels | undefined)[] = [];
    for await (const { array } of host.images(sources, how)) shown.push(array && arrayToPixels(array, how));
    return shown;
  };
}

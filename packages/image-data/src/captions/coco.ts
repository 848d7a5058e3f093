import { describe, quote } from "@throughtime/core";
import { type CaptionEntry, captionOf, type FailAt, fieldsOf, listOf, pathOf } from "./entry.js";

/** captions_train2017.json and others of COCO (Chen et al. 2015, "Microsoft COCO captions"): pictures, and annotations with their ids. */
export function cocoEntries(images: unknown, annotations: unknown, fail: FailAt): readonly CaptionEntry[] {
  const captions = new Map<unknown, { place: string; path: string; captions: string[] }>();
  listOf(images, "images", fail).forEach((image, i) => {
    const place = `images[${i}]`;
    const { id, file_name } = fieldsOf(image, place, fail);
    if (typeof id !== "number" && typeof id !== "string") {
      throw fail(`${place}.id`, `is ${describe(id)}; expected a number or a string.`);
    }
    const before = captions.get(id);
    if (before !== undefined) throw fail(`${place}.id`, `is ${quote(id)}, which ${before.place} has already.`);
    captions.set(id, { place, path: pathOf(file_name, `${place}.file_name`, fail), captions: [] });
  });
  listOf(annotations, "annotations", fail).forEach((annotation, i) => {
    const place = `annotations[${i}]`;
    const { image_id, caption } = fieldsOf(annotation, place, fail);
    const image = captions.get(image_id);
    if (image === undefined) {
      throw fail(`${place}.image_id`, `is ${quote(image_id)}, which is the id of none of the ${captions.size} images.`);
    }
    image.captions.push(captionOf(caption, `${place}.caption`, fail));
  });
  return [...captions.values()];
}

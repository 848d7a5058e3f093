import { quote } from "@throughtime/core";
import { type CaptionEntry, captionOf, type FailAt, fieldsOf, listOf, pathOf } from "./entry.js";

const PARTS = { train: "train", restval: "train", val: "validation", test: "test" } as const;

/**
 * dataset_coco.json, dataset_flickr8k.json, dataset_flickr30k.json (Karpathy & Fei-Fei 2015, "Deep visual-semantic alignments for generating
 * image descriptions"): each picture with its part and its sentences. "restval", what is left of COCO's validation part, is trained on.
 */
export function karpathyEntries(images: unknown, fail: FailAt): readonly CaptionEntry[] {
  return listOf(images, "images", fail).map((image, i) => {
    const place = `images[${i}]`;
    const { filename, filepath, split, sentences } = fieldsOf(image, place, fail);
    const file = pathOf(filename, `${place}.filename`, fail);
    const path = filepath === undefined ? file : `${pathOf(filepath, `${place}.filepath`, fail)}/${file}`;
    if (typeof split !== "string" || !Object.hasOwn(PARTS, split)) {
      throw fail(`${place}.split`, `is ${quote(split)}; expected one of ${Object.keys(PARTS).join(", ")}.`);
    }
    const captions = listOf(sentences, `${place}.sentences`, fail).map((sentence, k) => {
      const at = `${place}.sentences[${k}]`;
      return captionOf(fieldsOf(sentence, at, fail).raw, `${at}.raw`, fail);
    });
    return { place, path, captions, part: PARTS[split as keyof typeof PARTS] };
  });
}

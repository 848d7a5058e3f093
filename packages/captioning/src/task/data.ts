import type { CaptionedImage, Scene } from "@throughtime/image-data";
import { textHash } from "@throughtime/task";
import type { Json } from "@throughtime/train";
import type { DataSettings } from "../file/description.js";

export const PART_NAMES = ["train", "validation", "test"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Pictures of one part of the data, in an order that does not change. */
export interface Pictures {
  readonly length: number;
  /** Picture `index` of a pass over them, from 0: others in each pass where they are generated, else the same ones. */
  at(index: number, pass: number): CaptionedImage;
}

/** Captioned pictures to learn from. */
export interface CaptionData {
  /** What messages call them. */
  readonly name: string;
  /** What makes them again, where no option need name it; null where they stand in files. */
  readonly settings: DataSettings | null;
  /** Of all that is learned from: a checkpoint's cursor means nothing in other data. */
  readonly sha256: string;
  readonly parts: Readonly<Record<PartName, Pictures>>;
  /** What must be known of them beside their numbers, for people. */
  readonly notes: readonly string[];
  /** Whether each pass has pictures of its own. */
  readonly fresh: boolean;
  /** What is on a picture of the data, where that is known. */
  sceneOf?(image: CaptionedImage): Scene | undefined;
}

/** Pictures in a list. */
export const listed = (images: readonly CaptionedImage[]): Pictures => ({
  length: images.length,
  at: (index) => images[index] as CaptionedImage,
});

/** SHA-256 of plain JSON. */
export function hashOf(json: Json): string {
  const hash = textHash();
  hash.note(JSON.stringify(json));
  return hash.digest();
}

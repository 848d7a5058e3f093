import type { ImageSource } from "@throughtime/vision";

/** A picture, and what people or a program say of it. */
export interface CaptionedImage {
  readonly source: ImageSource;
  /** At least one; where there are several, each is as good as the others. */
  readonly captions: readonly string[];
  /** The part of the data that it belongs to, where the data says it. */
  readonly part?: "train" | "validation" | "test" | undefined;
  /** What it shows, where several pictures show the same: a data set is split by it. */
  readonly concept?: string | undefined;
  /** Who drew it. */
  readonly artist?: string | undefined;
}

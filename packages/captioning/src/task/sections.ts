import type { CaptionedImage } from "@throughtime/image-data";
import { type AttentionPicture, type AttentionSection, attentionPicture } from "@throughtime/report";
import type { CaptionerParts, ImageCaption } from "../file/image-captioner.js";
import type { Encoding } from "./encoding.js";

/** A picture and what the model says of it. */
export interface ShownCaption {
  readonly image: CaptionedImage;
  readonly caption: ImageCaption;
}

/** Pictures with a panel for each word, where the model looked as it said it; those that can be read. */
export async function attentionPictures(
  shown: readonly ShownCaption[],
  { show }: Pick<Encoding, "show">,
  { network, codec }: Pick<CaptionerParts, "network" | "codec">,
  detail: Parameters<Encoding["show"]>[1] = "fine",
): Promise<readonly (AttentionPicture | undefined)[]> {
  const { height, width } = network.encoder;
  const all = await show(
    shown.map(({ image }) => image),
    detail,
  );
  return shown.map(({ image, caption }, i) => {
    const pixels = all[i];
    if (!pixels) return undefined;
    const { tokens, attention, text } = caption;
    return attentionPicture({
      ...{ pixels, caption: text, name: image.source.name, references: image.captions.map(codec.tokenizer.normalize) },
      ...(attention && { words: tokens, attention, grid: { height, width }, end: "<end>" }),
    });
  });
}

export async function attentionSection(
  shown: readonly ShownCaption[],
  encoding: Pick<Encoding, "show">,
  parts: Pick<CaptionerParts, "network" | "codec">,
): Promise<AttentionSection> {
  const pictures = await attentionPictures(shown, encoding, parts, "seen");
  const drawn = pictures.flatMap((picture) => picture ?? []);
  const attends = drawn.some(({ panels }) => panels.length > 0);
  return { kind: "attention", title: attends ? "Where the model looks" : "What the model says", pictures: drawn };
}

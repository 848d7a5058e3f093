import { foldIn, type Key, type NdArray, ndarray, shuffled } from "@throughtime/core";
import type { CaptionedImage } from "@throughtime/image-data";
import { idsOf, pairArrays, type TextCodec } from "@throughtime/text";
import { type Source, sourceOf } from "@throughtime/train";
import type { ImageTensors } from "@throughtime/vision";
import type { CaptionBatch } from "../model.js";
import type { SelfCriticalBatch } from "../self-critical/self-critical.js";
import type { Pictures } from "./data.js";

/** What a step learns from, on the host: pictures, and one caption of each. */
export type HostBatch = CaptionBatch<NdArray> & Pick<SelfCriticalBatch<NdArray>, "pictures" | "earned">;

/** A picture, and which of its captions. */
export interface Example {
  readonly picture: number;
  readonly caption: number;
}

/** Reads pictures into what the model's encoder takes. `key`: what their augmentation is drawn from; without one there is none. */
export type ReadImages = (images: readonly CaptionedImage[], key?: Key) => Promise<ImageTensors<NdArray>>;

export interface CaptionBatchOptions {
  readonly pictures: Pictures;
  readonly examples: readonly Example[];
  readonly codec: TextCodec;
  readonly read: ReadImages;
  readonly batch: number;
  /** What the order of each pass, and the augmentation, are drawn from. Default: examples come as they stand and as they are. */
  readonly key?: Key | undefined;
  /** From this pass on, batches say which pictures they have, for self-critical training. Default: none does. */
  readonly knownFrom?: number | undefined;
}

/** What a reward knows a picture of a pass by. */
export const pictureId = ({ length }: Pictures, picture: number, pass: number): number => pass * length + picture;

/** Captions side by side with their pictures. Throws OptionError where there is no example. */
export function captionBatches(options: CaptionBatchOptions): Source<HostBatch> & { readonly stepsPerEpoch: number } {
  const { pictures, examples, codec, read, batch: size, key, knownFrom } = options;
  const stepsPerEpoch = Math.ceil(examples.length / size);
  const [orders, changes] = key ? [foldIn(key, 0), foldIn(key, 1)] : [];
  let pass: { readonly epoch: number; readonly order: readonly Example[] } | undefined;
  const orderOf = (epoch: number) => {
    if (!orders) return examples;
    if (pass?.epoch !== epoch) pass = { epoch, order: shuffled(examples, foldIn(orders, epoch)) };
    return pass.order;
  };
  const source = sourceOf<HostBatch>({
    stepsPerEpoch,
    async batchAt(index, epoch) {
      const some = orderOf(epoch).slice(index * size, (index + 1) * size);
      const images = some.map(({ picture }) => pictures.at(picture, epoch));
      const own = changes && foldIn(foldIn(changes, epoch), index);
      const ids = some.map(({ picture }) => pictureId(pictures, picture, epoch));
      return {
        ...(knownFrom === undefined ? {} : { earned: {} }),
        ...(knownFrom !== undefined && epoch >= knownFrom ? { pictures: ndarray(Int32Array.from(ids)) } : {}),
        images: await read(images, own),
        ...wordArrays(
          codec,
          images.map(({ captions }, i) => captions[(some[i] as Example).caption] as string),
        ),
      };
    },
    units: ({ lengths }) => (lengths.data as Int32Array).reduce((sum, length) => sum + length, 0),
  });
  return { ...source, stepsPerEpoch };
}

/** Captions as ids, [T, B]: what a decoder reads, and what it is to say. */
function wordArrays(codec: TextCodec, captions: readonly string[]) {
  const pairs = captions.map((caption) => ({ source: NONE, target: idsOf(codec, caption) }));
  const { input, output, lengths } = pairArrays(pairs, codec.vocabulary);
  return { input, output, lengths };
}

const NONE = new Int32Array();

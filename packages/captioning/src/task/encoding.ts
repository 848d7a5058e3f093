import { OptionError } from "@throughtime/core";
import type { CaptionedImage } from "@throughtime/image-data";
import type { FilesByName, Host, PrepareContext, SavedModel, UseContext } from "@throughtime/task";
import {
  type Augmentation,
  arrayToPixels,
  imagenet,
  type Pixels,
  type Preprocessing,
  preprocessing,
} from "@throughtime/vision";
import type { CaptionerDescription } from "../file/description.js";
import type { EncoderSettings } from "../file/settings.js";
import type { CaptionData, PartName } from "./data.js";
import type { TrainValues } from "./options.js";
import { pixelReader, type Reader } from "./read-pixels.js";

/** How pictures are seen: by which encoder, and made how. */
export interface Encoding {
  readonly settings: EncoderSettings;
  readonly preprocessing: Preprocessing;
  /** What reads these pictures, and those that are made when they are asked for. */
  reader(images: Iterable<CaptionedImage>): Promise<Reader>;
  /** Pictures as the encoder sees them, for people, with `most` pixels on a side at most; undefined for one that cannot be read. */
  show(images: readonly CaptionedImage[], most: number): Promise<readonly (Pixels | undefined)[]>;
  /** What belongs beside the model's file. */
  readonly files?: FilesByName;
}

/** The encoder that the options name, or that of the training which goes on. Throws OptionError where they do not go together. */
export async function encodingOf(
  values: TrainValues,
  context: PrepareContext<CaptionerDescription>,
): Promise<Encoding> {
  const { earlier, host } = context;
  const own = earlier?.description.model;
  const settings = own?.encoder ?? { kind: "cnn" as const, widths: widthsOf(values.widths) };
  const prepared = own?.preprocessing ?? preprocessingOf(values);
  const augmentation = AUGMENTATIONS[values.augment];
  return {
    ...{ settings, preprocessing: prepared, show: shower(host, prepared) },
    reader: (images) => pixelReader(images, { host, preprocessing: prepared, augmentation }),
  };
}

/** The encoder of a trained model. Throws OptionError for one that it does not have. */
export async function encodingOfModel(
  { path, description: { model } }: SavedModel<CaptionerDescription>,
  { encoder }: { readonly encoder?: string | undefined },
  { host }: Pick<UseContext, "host">,
): Promise<Encoding> {
  const { preprocessing, encoder: settings } = model;
  if (encoder !== undefined && settings.kind === "cnn") {
    throw new OptionError(`--encoder ${encoder}: the encoder of ${path} stands in its own file. Leave it out.`);
  }
  return {
    ...{ settings, preprocessing, show: shower(host, preprocessing) },
    reader: (images) => pixelReader(images, { host, preprocessing }),
  };
}

function shower(host: Host, given: Preprocessing): Encoding["show"] {
  const [height, width] = given.size;
  return async (images, most) => {
    const smaller = Math.min(1, most / Math.max(height, width));
    const side = (pixels: number) => Math.max(1, Math.round(pixels * smaller));
    const size = [side(height), side(width)] as const;
    const how = preprocessing({ size, fit: given.fit, background: given.background });
    const shown: (Pixels | undefined)[] = [];
    for await (const { array } of host.images(
      images.map(({ source }) => source),
      how,
    )) {
      shown.push(array && arrayToPixels(array, how));
    }
    return shown;
  };
}

/** The pictures of parts; those that are made anew in each pass have pixels of their own. */
export function* picturesOf({ parts, fresh }: CaptionData, names: readonly PartName[]): Generator<CaptionedImage> {
  for (const name of fresh ? [] : names) {
    const part = parts[name];
    for (let i = 0; i < part.length; i++) yield part.at(i, 0);
  }
}

/** How far training pictures are changed. */
const AUGMENTATIONS: Readonly<Record<TrainValues["augment"], Augmentation | undefined>> = {
  none: undefined,
  light: { shift: 0.06, scale: [0.9, 1.1], rotation: 8 },
  strong: { shift: 0.12, scale: [0.75, 1.2], rotation: 20 },
};

function widthsOf(text: string): readonly number[] {
  const widths = text.split(",").map(Number);
  if (widths.every((width) => Number.isSafeInteger(width) && width >= 1)) return widths;
  throw new OptionError(`--widths ${text}: expected whole numbers from 1 with commas between them, such as 32,64,128.`);
}

function preprocessingOf({ size: side = 64, fit, preprocess = "unit" }: TrainValues): Preprocessing {
  const size = [side, side] as const;
  if (preprocess === "imagenet") return imagenet({ size, fit });
  return preprocessing({ size, fit, scale: preprocess === "bytes" ? 1 : 1 / 255 });
}

import { OptionError } from "@throughtime/core";
import type { CaptionedImage } from "@throughtime/image-data";
import { nodeOutputs } from "@throughtime/onnx";
import {
  bytesOf,
  type Files,
  type FilesByName,
  type Host,
  type PrepareContext,
  type SavedModel,
} from "@throughtime/task";
import {
  type Augmentation,
  type FrozenEncoder,
  featureWidth,
  frozenEncoder,
  memoryRows,
  openFrozenEncoder,
  type Preprocessing,
  preprocessing,
  preprocessingFor,
} from "@throughtime/vision";
import type { CaptionerDescription } from "../file/description.js";
import { type EncoderSettings, frozenDescription } from "../file/settings.js";
import type { CaptionData, PartName } from "./data.js";
import type { TrainValues } from "./options.js";
import { featureReader } from "./read-features.js";
import { pixelReader, type Reader } from "./read-pixels.js";
import { type ShowPictures, showing } from "./show-pictures.js";

/** How pictures are seen: by which encoder, and made how. */
export interface Encoding {
  readonly settings: EncoderSettings;
  readonly preprocessing: Preprocessing;
  /** What reads these pictures, and those that are made when they are asked for. */
  reader(images: Iterable<CaptionedImage>): Promise<Reader>;
  /** Pictures for people, cut and padded as the encoder sees them; undefined for one that cannot be read. */
  show: ShowPictures;
  /** What belongs beside the model's file. */
  readonly files?: FilesByName;
  /** Frees the encoder; readers go on. */
  release(): Promise<void>;
}

type Surroundings = { readonly host: Host; readonly files: Files; readonly signal?: AbortSignal | undefined };
type Saved = SavedModel<CaptionerDescription>;

/** The name of a frozen encoder's file beside the model's. */
const ENCODER = "encoder.onnx";
const MOST_BYTES = 2 ** 32;

/** The encoder that the options name, or that of the training which goes on. Throws OptionError where they do not go together. */
export async function encodingOf(
  values: TrainValues,
  context: PrepareContext<CaptionerDescription>,
): Promise<Encoding> {
  const { encoder = "cnn", features: folder } = values;
  if (context.earlier) {
    const augmentation = AUGMENTATIONS[values.augment];
    const said = values.encoder === "cnn" ? undefined : values.encoder;
    return encodingOfModel(context.earlier, { encoder: said }, context, { augmentation, rows: "kept", folder });
  }
  if (encoder !== "cnn") return frozenOf(await openedAnew(encoder, values, context), context, { rows: "kept", folder });
  const { size = 64, fit } = values;
  const how = preprocessing({ size: [size, size], fit });
  const settings = { kind: "cnn" as const, widths: widthsOf(values.widths) };
  return trainedOf(settings, how, context, AUGMENTATIONS[values.augment]);
}

/** Of a model's encoder: `rows`: whether features outlive the run. */
export interface ModelEncodingOptions {
  readonly rows: "kept" | "memory";
  /** Where features are kept. Default: where the host keeps them. */
  readonly folder?: string | undefined;
  readonly augmentation?: Augmentation | undefined;
}

/** The encoder of a trained model. Throws OptionError for one that it does not have, or that is not there, CheckpointError for another. */
export async function encodingOfModel(
  { path, description: { model }, beside }: Saved,
  { encoder: given }: { readonly encoder?: string | undefined },
  around: Surroundings,
  options: ModelEncodingOptions,
): Promise<Encoding> {
  const { preprocessing: how, encoder: settings } = model;
  if (settings.kind === "cnn") {
    if (given === undefined) return trainedOf(settings, how, around, options.augmentation);
    throw new OptionError(`--encoder ${given}: the encoder of ${path} stands in its own file. Leave it out.`);
  }
  const bytes =
    given === undefined ? await beside?.(ENCODER) : await bytesOf(around.files, given, { most: MOST_BYTES });
  if (bytes === undefined) {
    throw new OptionError(
      `the encoder of ${path} is an ONNX file, which is not beside it as ${ENCODER}. Name it with --encoder FILE.`,
    );
  }
  const runtime = await around.host.onnx();
  const encoder = await openFrozenEncoder(frozenDescription(settings, how), { model: bytes, runtime });
  return frozenOf({ encoder, bytes }, around, options);
}

function trainedOf(
  settings: EncoderSettings,
  how: Preprocessing,
  { host, signal }: Surroundings,
  augmentation: Augmentation | undefined,
): Encoding {
  return {
    ...{ settings, preprocessing: how, show: showing(host, how) },
    reader: (images) => pixelReader(images, { host, preprocessing: how, augmentation, signal }),
    release: async () => {},
  };
}

interface Opened {
  readonly encoder: FrozenEncoder;
  readonly bytes: Uint8Array;
}

function frozenOf({ encoder, bytes }: Opened, around: Surroundings, { rows, folder }: ModelEncodingOptions): Encoding {
  const { preprocessing: how, ...rest } = encoder.describe();
  const width = featureWidth(encoder);
  const open = async () =>
    rows === "memory" ? memoryRows({ width }) : around.host.rows({ of: encoder.describe(), width, folder });
  return {
    ...{ settings: { kind: "onnx", ...rest }, preprocessing: how, show: showing(around.host, how) },
    reader: async (images) => featureReader(images, { ...around, encoder, rows: await open() }),
    files: { [ENCODER]: bytes },
    release: () => encoder.release(),
  };
}

/** Opens the ONNX file of a new training. Throws OptionError where the values that it is to be tapped at are not named. */
async function openedAnew(
  path: string,
  { tap, preprocess = "imagenet", size, fit }: TrainValues,
  { files, host }: Surroundings,
): Promise<Opened> {
  const bytes = await bytesOf(files, path, { most: MOST_BYTES });
  if (tap === undefined) {
    const last = nodeOutputs(bytes).slice(-8);
    throw new OptionError(
      `--encoder ${path} needs --tap NAME[,NAME], the values of it that are the picture's grid; its last ones are ${last.map(({ name, operator }) => `${name} (${operator})`).join(", ")}.`,
    );
  }
  const taps = tap.split(",").map((name) => name.trim());
  const isJson = preprocess.trimStart().startsWith("{");
  const said = isJson ? preprocess : JSON.stringify({ preset: preprocess, fit, ...(size && { size: [size, size] }) });
  const how = preprocessingFor(bytes, taps, said);
  return {
    bytes,
    encoder: await frozenEncoder({ model: bytes, taps, runtime: await host.onnx(), preprocessing: how }),
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

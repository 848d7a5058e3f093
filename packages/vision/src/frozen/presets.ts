import { DataError, describe, OptionError, quote } from "@throughtime/core";
import { IMAGENET, type Preprocessing, type PreprocessingOptions, preprocessing } from "../preprocessing.js";
import { type ImageInput, tappedModel } from "./image-input.js";

/** How published networks were trained, by the words of `--preprocess`. Sizes are the model's own. */
export const PRESETS = {
  /** torchvision, timm, ONNX's model zoo: RGB of 0 to 1, less ImageNet's mean, by its deviation. */
  imagenet: IMAGENET,
  /** VGG and ResNet as Caffe and Keras have them: BGR bytes less the mean of each channel. */
  caffe: { channels: "bgr", scale: 1, mean: [103.939, 116.779, 123.68] },
  /** Bytes as they are, RGB: models that normalize by themselves. */
  bytes: { scale: 1 },
} as const satisfies Readonly<Record<string, Partial<PreprocessingOptions>>>;

export type Preset = keyof typeof PRESETS;

/**
 * The preprocessing of an encoder's pictures, of what a user says about it: a preset's name, or JSON of a preprocessing's fields, in which
 * `preset` may name what the others add to. What is not said comes from the model: its size and its layout; 224 × 224 where it takes
 * pictures of any size. Throws OptionError for another word, for no JSON, and for fields outside of what they may be; for the model and the
 * taps, what `frozenEncoder` throws. Messages name the options of a command line: --preprocess, --encoder.
 *
 * @example preprocessingFor(model, ["c5"], '{ "preset": "bytes", "size": [320, 320] }')
 */
export function preprocessingFor(model: Uint8Array, taps: readonly string[], said: string): Preprocessing {
  const { input } = tappedModel("--encoder", model, taps);
  const { preset, ...fields } = saidFields(said);
  if (preset !== undefined && !isPreset(preset)) throw unknown(preset);
  const all = { size: sizeOf(input), layout: input.layout, ...(preset && PRESETS[preset]), ...fields };
  try {
    return preprocessing(all as PreprocessingOptions);
  } catch (cause) {
    throw new OptionError(`--preprocess: ${(cause as Error).message.replace(/^preprocessing: /, "")}`, {}, { cause });
  }
}

const isPreset = (value: unknown): value is Preset => typeof value === "string" && Object.hasOwn(PRESETS, value);

function saidFields(said: string): Readonly<Record<string, unknown>> & { readonly preset?: unknown } {
  if (!said.trimStart().startsWith("{")) return { preset: said };
  try {
    return JSON.parse(said) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new OptionError(`--preprocess: ${quote(said)} is not JSON: ${(cause as Error).message}.`, {}, { cause });
  }
}

const unknown = (preset: unknown): OptionError =>
  new OptionError(
    `--preprocess: there is no preset ${typeof preset === "string" ? quote(preset) : describe(preset)}; expected ${Object.keys(PRESETS).join(", ")}, or JSON such as { "preset": "imagenet", "size": [224, 224] }.`,
    { preset },
  );

/** Where a model takes pictures of any size. */
const USUAL = 224;

function sizeOf({ shape, layout }: ImageInput): readonly [number, number] {
  const [height, width] = layout === "chw" ? shape.slice(2) : shape.slice(1, 3);
  const known = [height, width].map((side) => (typeof side === "number" ? side : USUAL));
  if (known.some((side) => side < 1)) {
    throw new DataError(`--encoder: the model's input ${quote(shape)} is of pictures without pixels.`);
  }
  return known as unknown as readonly [number, number];
}

import { DataError, describe, OptionError, optionsOf } from "@throughtime/core";
import { checkedPreprocessing } from "./check.js";

/** A colour: red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * How a picture becomes an array: plain JSON, which belongs into the file of the model that was trained on such arrays. Of each
 * channel's byte x from 0 to 255, the array has (x · scale − mean) / std.
 */
export interface Preprocessing {
  /** [height, width] in pixels. */
  readonly size: readonly [height: number, width: number];
  /** How a picture of another form gets this size: its centre is cut out, it is padded with `background`, or stretched. */
  readonly fit: "cover" | "contain" | "fill";
  /** "gray" is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), not rounded. */
  readonly channels: "rgb" | "bgr" | "gray";
  readonly scale: number;
  /** One per channel, in the order of `channels`. */
  readonly mean: readonly number[];
  /** One per channel, in the order of `channels`. */
  readonly std: readonly number[];
  /** "chw" is [C, H, W], "hwc" is [H, W, C]. */
  readonly layout: "chw" | "hwc";
  /** What shows through transparent pixels, and is beside a picture that is padded. */
  readonly background: Colour;
}

export type PreprocessingOptions = Pick<Preprocessing, "size"> & Partial<Omit<Preprocessing, "size">>;

const NAMES = ["size", "fit", "channels", "scale", "mean", "std", "layout", "background"] as const;

/**
 * A declaration of preprocessing. Defaults: the centre of the picture ("cover"), "rgb", scale 1/255, mean 0, std 1, "chw", over white.
 * Throws OptionError where a value is outside what it may be, ArgumentError for a name that there is not.
 */
export function preprocessing(options: PreprocessingOptions): Preprocessing {
  const given = optionsOf("preprocessing", options, ...NAMES);
  const count = given.channels === "gray" ? 1 : 3;
  const defaults = {
    ...{ fit: "cover", channels: "rgb", scale: 1 / 255, mean: Array(count).fill(0), std: Array(count).fill(1) },
    ...{ layout: "chw", background: [255, 255, 255] },
  };
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const all = { ...defaults, ...Object.fromEntries(stated) };
  return checkedPreprocessing(all, (text, details) => new OptionError(`preprocessing: ${text}`, details));
}

/** Mean and deviation of ImageNet's pictures, of RGB from 0 to 1. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * Preprocessing of networks trained on ImageNet, as in torchvision's `transforms.presets.ImageClassification`: RGB of 0 to 1,
 * mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225]. Size [224, 224] unless another is given.
 * torchvision resizes to 256 first and cuts out 224; this uses the whole shorter side.
 */
export function imagenet(options: Partial<PreprocessingOptions> = {}): Preprocessing {
  const { size = [224, 224], ...rest } = optionsOf("imagenet", options, ...NAMES);
  return preprocessing({ size, ...IMAGENET, ...rest });
}

/**
 * The preprocessing that a file declares, such as a model file. All fields must be there. Throws DataError where the value is
 * anything else; `place` begins its message.
 */
export function readPreprocessing(value: unknown, place = "readPreprocessing"): Preprocessing {
  const fail = (text: string, details?: Readonly<Record<string, unknown>>) =>
    new DataError(`${place}: ${text}`, details);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail(`the preprocessing is ${describe(value)}; expected an object.`);
  }
  return checkedPreprocessing(value, fail);
}

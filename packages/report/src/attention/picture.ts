import { ArgumentError, DataError, describe, OptionError, optionsOf, requireList, ShapeError } from "@throughtime/core";
import { pngUri } from "./png.js";

/** A picture with its caption, and where a model looked at each word: plain JSON. */
export interface AttentionPicture {
  /** `data:image/png;base64,…` or `data:image/jpeg;base64,…`, of at most 2^20 characters: what the model saw. */
  readonly image: string;
  /** Its size in pixels. */
  readonly width: number;
  readonly height: number;
  /** One for each word, in reading order; none of a model without attention. */
  readonly panels: readonly AttentionPanel[];
  /** What the model says. */
  readonly caption?: string;
  /** What would be right. */
  readonly references?: readonly string[];
  /** Whose picture it is: a file's name. */
  readonly name?: string;
}

/** A word, and the weights of a grid that covers the picture, row by row: height · width numbers from 0. */
export interface AttentionPanel {
  readonly word: string;
  readonly weights: readonly number[];
  readonly height: number;
  readonly width: number;
}

export interface AttentionPictureOptions {
  /** The picture as the model saw it, cut and padded; 400 pixels a side are enough for paper. Red, green, blue and alpha, row by row. */
  readonly pixels: {
    readonly data: Uint8Array | Uint8ClampedArray;
    readonly width: number;
    readonly height: number;
  };
  /** What is written over the panels. None for a model without attention. Default: none. */
  readonly words?: readonly string[];
  /** The weights for each word, [height · width] of the grid; those for the end of the sentence may follow. Default: none. */
  readonly attention?: readonly ArrayLike<number>[];
  /** The size of the grid; must be given with attention. */
  readonly grid?: { readonly height: number; readonly width: number };
  /** What is written over the panel of the end of the sentence, such as "<end>". Default: it has no panel. */
  readonly end?: string;
  readonly caption?: string;
  readonly references?: readonly string[];
  readonly name?: string;
}

/** The most characters of a picture: a photo of 480 × 480 pixels. Pages and histories hold many. */
export const MOST_IMAGE = 2 ** 20;
const DIGITS = 1e4;

const NAMES = ["pixels", "words", "attention", "grid", "end", "caption", "references", "name"] as const;

/**
 * A picture with its panels as plain data, of what a captioner gives: the picture as a PNG, the weights rounded to 0.0001.
 * Throws ShapeError where pixels, words, attention and grid do not belong together, DataError for a weight that is no number from 0,
 * OptionError for a picture that is too large, ArgumentError for something else than pixels.
 *
 * @example attentionPicture({ pixels, words: ["a", "red", "circle"], attention, grid: { height: 8, width: 8 }, end: "<end>" })
 */
export function attentionPicture(options: AttentionPictureOptions): AttentionPicture {
  const given = optionsOf("attentionPicture", options, ...NAMES);
  const { pixels, words = [], attention = [], grid, end, ...texts } = given;
  requireList("attentionPicture: the words", words);
  requireList("attentionPicture: the attention", attention);
  if (attention.length !== words.length && attention.length !== words.length + 1) {
    throw new ShapeError(
      `attentionPicture: there are ${words.length} words and attention for ${attention.length}; expected one each, or one more for the end.`,
      { words: words.length, attention: attention.length },
    );
  }
  const shown = end === undefined ? words : [...words, end].slice(0, attention.length);
  const panels = shown.map((word, t): AttentionPanel => {
    const weights = attention[t] as ArrayLike<number>;
    const { height, width } = grid ?? { height: 0, width: 0 };
    if (weights?.length !== height * width || weights.length === 0) {
      throw new ShapeError(
        `attentionPicture: the attention for word ${t} has ${weights?.length} weights, for a grid of ${height} × ${width}.`,
        { index: t, height, width },
      );
    }
    const all = Array.from(weights, (weight) => Math.round(weight * DIGITS) / DIGITS);
    const bad = all.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    if (bad < 0) return { word, weights: all, height, width };
    throw new DataError(
      `attentionPicture: the attention for word ${t} has a weight of ${weights[bad]}; expected numbers from 0.`,
      { index: t },
    );
  });
  const said = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
  return { image: imageOf(pixels), width: pixels.width, height: pixels.height, panels, ...said };
}

function imageOf(pixels: AttentionPictureOptions["pixels"]): string {
  if (typeof pixels !== "object" || pixels === null || !ArrayBuffer.isView(pixels.data)) {
    throw new ArgumentError(`attentionPicture: the pixels are ${describe(pixels)}; expected { data, width, height }.`);
  }
  const { data, width, height } = pixels;
  if (!(width >= 1 && height >= 1 && data.length === width * height * 4)) {
    throw new ShapeError(
      `attentionPicture: ${width} × ${height} pixels of RGBA are ${width * height * 4} bytes, received ${data.length}.`,
      { expected: width * height * 4, received: data.length },
    );
  }
  const isOpaque = data.every((value, i) => i % 4 !== 3 || value === 255);
  const bytes = isOpaque ? data.filter((_, i) => i % 4 !== 3) : data;
  // A picture whose bytes alone are ten times too many need not be compressed to be refused.
  const image = bytes.length > 10 * MOST_IMAGE ? "" : pngUri(Uint8Array.from(bytes), width, height, isOpaque ? 3 : 4);
  if (image === "" || image.length > MOST_IMAGE) {
    throw new OptionError(
      `attentionPicture: a picture of ${width} × ${height} pixels is too large for a report. Make it 400 pixels at most on each side.`,
      { width, height, most: MOST_IMAGE },
    );
  }
  return image;
}

import {
  ArgumentError,
  type Backend,
  describe,
  isNdArray,
  type NdArray,
  OptionError,
  once,
  optionsOf,
  ReleasedError,
} from "@throughtime/core";
import { type Hypothesis, wuPenalty } from "@throughtime/decode";
import { type Releasable, releasable } from "@throughtime/task";
import type { TextCodec } from "@throughtime/text";
import {
  type FrozenEncoder,
  fitPixels,
  type ImageFeatures,
  type ImageTensors,
  imageBatch,
  imageShape,
  type Pixels,
  pixelsToArray,
} from "@throughtime/vision";
import { captioner } from "../captioner.js";
import type { CaptionNetwork } from "./network.js";
import type { CaptionerModel } from "./settings.js";

/**
 * A picture as a captioner reads it: pixels of any size, such as an `ImageData`; an array that the model's preprocessing made; or the
 * features that its encoder made.
 */
export type CaptionInput = Pixels | NdArray | Features;

export interface CaptionImagesOptions {
  /** The beam size; 1 is greedy. Default 5. */
  readonly beam?: number;
  /** Captions of each picture, at most as many as the beam. Default 1. */
  readonly nBest?: number;
  /** α of Wu et al. 2016, section 7; 0: none, which favours short captions. Default 1. */
  readonly lengthPenalty?: number;
  /** Tokens of a caption at most. Default 50. */
  readonly maxLength?: number;
  /** Pictures that are captioned side by side. Default 32. */
  readonly batch?: number;
  /** Aborted where no more is wanted: the iteration throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One way to say what is on a picture. */
export interface SaidCaption {
  readonly text: string;
  /** ln p of its words, divided by the length penalty. */
  readonly score: number;
  readonly tokens: readonly string[];
  /**
   * For each token, and the caption's end, the weights over the places of the grid, row by row: height · width of them; absent without
   * attention.
   */
  readonly attention?: readonly Float32Array[];
}

/** The best caption of a picture. */
export interface ImageCaption extends SaidCaption {
  /** The next best ones, where `nBest` is more than 1. */
  readonly alternatives: readonly SaidCaption[];
}

/** A trained captioner on a backend. */
export interface ImageCaptioner extends Releasable {
  /**
   * The caption of each picture, in their order; pictures may come over time, and are captioned side by side. Throws OptionError for
   * options out of range, ArgumentError for what is no picture, ShapeError for one of another size than the model's.
   */
  caption(
    images: Iterable<CaptionInput> | AsyncIterable<CaptionInput>,
    options?: CaptionImagesOptions,
  ): AsyncGenerator<ImageCaption, void, undefined>;
  /** The captions of pictures that stand side by side already: { pixels } or { grid, pooled }. Throws as `caption`. */
  captionBatch(
    images: ImageTensors<NdArray>,
    options?: Omit<CaptionImagesOptions, "batch" | "signal">,
  ): Promise<readonly ImageCaption[]>;
}

/** What a captioner is put together from. */
export interface CaptionerParts {
  readonly model: CaptionerModel;
  readonly network: CaptionNetwork;
  readonly codec: TextCodec;
  /** Makes features of pixels, where the model's encoder is frozen. */
  readonly encoder?: FrozenEncoder | undefined;
}

const OPTIONS = ["beam", "nBest", "lengthPenalty", "maxLength", "batch", "signal"] as const;

/** A captioner of pictures. `params`: the network's, on the host or on the backend. */
export async function imageCaptioner(
  backend: Backend,
  { model, network, codec, encoder }: CaptionerParts,
  params: unknown,
): Promise<ImageCaptioner> {
  const { caption, release } = await captioner(backend, network, params);
  const { begin, end, pad } = codec.vocabulary;

  const finished = ({ tokens: ids, score, attention }: Hypothesis): SaidCaption => {
    const tokens = codec.vocabulary.decode(ids);
    return { text: codec.tokenizer.decode(tokens), score, tokens, ...(attention ? { attention } : {}) };
  };

  /** Of pictures side by side. */
  async function together(images: ImageTensors<NdArray>, settings: Settings): Promise<readonly ImageCaption[]> {
    const { beam: size, nBest, maxLength, lengthPenalty } = settings;
    const how = { size, nBest, maxLength, begin, end, never: [pad, begin], lengthPenalty: wuPenalty(lengthPenalty) };
    const found = await caption(images, how);
    return found.map((hypotheses) => {
      const [best = EMPTY, ...alternatives] = hypotheses.map(finished);
      return { ...best, alternatives };
    });
  }

  async function* captions(images: Inputs, settings: Settings) {
    for await (const group of groups(images, settings.batch)) {
      settings.signal?.throwIfAborted();
      yield* await together(await tensorsOf(group, model, encoder), settings);
    }
  }

  let released = false;
  return releasable(
    {
      caption(images: Inputs, options: CaptionImagesOptions = {}) {
        if (released) throw new ReleasedError("caption: this captioner was released. Load it again.");
        requireInputs(images);
        return once(
          captions(images, settingsOf(options)),
          "caption: this was iterated over before, and pictures are captioned once. Call caption() again.",
        );
      },
      captionBatch: async (images: ImageTensors<NdArray>, options: CaptionImagesOptions = {}) =>
        together(images, settingsOf(options)),
    },
    () => {
      released = true;
      release();
    },
  );
}

type Settings = ReturnType<typeof settingsOf>;
type Inputs = Iterable<CaptionInput> | AsyncIterable<CaptionInput>;

const EMPTY: SaidCaption = { text: "", score: 0, tokens: [] };

/** What comes, in groups of so many. */
async function* groups<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Pictures side by side, as the network reads them. Throws ArgumentError for what it does not read. */
async function tensorsOf(
  images: readonly CaptionInput[],
  { encoder: { kind }, preprocessing }: Pick<CaptionerModel, "encoder" | "preprocessing">,
  encoder: FrozenEncoder | undefined,
): Promise<ImageTensors<NdArray>> {
  const shape = imageShape(preprocessing);
  const arrayOf = (image: CaptionInput, i: number): NdArray => {
    if (isNdArray(image)) return image;
    const { data, width, height } = (image ?? {}) as Partial<Pixels>;
    if (data !== undefined && width !== undefined && height !== undefined) {
      return pixelsToArray(fitPixels({ data, width, height }, preprocessing), preprocessing);
    }
    throw new ArgumentError(
      `caption: picture ${i} is ${describe(image)}; expected pixels { data, width, height }, or an array [${shape.join(", ")}].`,
    );
  };
  if (kind === "cnn") return { pixels: imageBatch(images.map(arrayOf)) };
  const features: Features[] = [];
  for (const [i, image] of images.entries()) {
    if (typeof image === "object" && image !== null && "grid" in image && "pooled" in image) features.push(image);
    else if (encoder) features.push((await encoder.encode(imageBatch([arrayOf(image, i)])))[0] as Features);
    else {
      throw new ArgumentError(
        `caption: picture ${i} is ${describe(image)}; this captioner's encoder stands in an ONNX file. Load it with \`encoder\`, of frozenEncoder, or give { grid, pooled }.`,
      );
    }
  }
  return { grid: imageBatch(features.map(({ grid }) => grid)), pooled: imageBatch(features.map((one) => one.pooled)) };
}

type Features = Pick<ImageFeatures, "grid" | "pooled">;

function requireInputs(images: Inputs): void {
  const isIterable = typeof images === "object" && images !== null;
  if (isIterable && (Symbol.iterator in images || Symbol.asyncIterator in images)) return;
  throw new ArgumentError(
    `caption: the pictures are ${describe(images)}; expected a list of pictures, or another iterable of them. One picture is [picture].`,
  );
}

function settingsOf(options: CaptionImagesOptions) {
  const {
    beam = 5,
    nBest = 1,
    lengthPenalty = 1,
    maxLength = 50,
    batch = 32,
    signal,
  } = optionsOf("caption", options, ...OPTIONS);
  for (const [name, value] of Object.entries({ beam, nBest, maxLength, batch })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new OptionError(`caption: ${name} must be a whole number from 1, received ${value}.`, { [name]: value });
  }
  if (nBest > beam) {
    throw new OptionError(`caption: nBest ${nBest} is more than a beam of ${beam} finds. Widen the beam.`, {
      nBest,
      beam,
    });
  }
  return { beam, nBest, lengthPenalty, maxLength, batch, signal };
}

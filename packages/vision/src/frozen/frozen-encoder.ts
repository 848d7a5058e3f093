import {
  ArgumentError,
  DataError,
  describe,
  type NdArray,
  OptionError,
  optionsOf,
  requireArray,
  ShapeError,
  shapeText,
  sizeOf,
} from "@throughtime/core";
import { type OnnxFunction, type OnnxRuntime, openOnnx } from "@throughtime/onnx";
import { requirePreprocessing } from "../check.js";
import { sha256 } from "../digest.js";
import { type ImageFeatures, meanPooled } from "../features.js";
import { imageShape } from "../pixels.js";
import type { Preprocessing } from "../preprocessing.js";
import type { FrozenDescription } from "./description.js";
import { type GridPlan, gridAt, gridPlan, type MapLayout, type TapShape } from "./grids.js";
import { type ImageInput, tappedModel } from "./image-input.js";

export interface FrozenEncoderOptions {
  /** The bytes of an ONNX file, with its weights. */
  readonly model: Uint8Array;
  /**
   * The values of the model that are the features: outputs, or any value between its nodes. Those of rank 4 make the grid, side by side
   * along D; where one is finer by a whole factor, the means of its places. Those of rank 2 make the pooled vector. Default of the
   * pooled vector: the mean of the grid; of the grid: one place with the pooled vector.
   */
  readonly taps: readonly string[];
  /** The module onnxruntime-node or onnxruntime-web. */
  readonly runtime: OnnxRuntime;
  /** How pictures are prepared, as those were that the model was trained with. `preprocessingFor` makes one. */
  readonly preprocessing: Preprocessing;
  /** Where channels stand in taps of rank 4. Default: told by the sides, which have the picture's form. */
  readonly mapLayout?: MapLayout | undefined;
}

/** A network that was trained before and stays as it is: it makes features of pictures outside of Programs. */
export interface FrozenEncoder {
  readonly preprocessing: Preprocessing;
  /** The grid's rows and columns: L = height · width. */
  readonly height: number;
  readonly width: number;
  /** D */
  readonly gridSize: number;
  /** P */
  readonly pooledSize: number;
  /** How many pictures it works on at once: 1, unless the model has a fixed batch. Others are encoded with empty ones beside them. */
  readonly batch: number;
  /** What the features depend on, as plain JSON. */
  describe(): FrozenDescription;
  /**
   * The features of pictures, prepared by the encoder's preprocessing: f32 [B, C, H, W], or [B, H, W, C] where its layout is "hwc". Throws
   * ShapeError for another shape, BackendError where ONNX Runtime fails.
   */
  encode(pixels: NdArray): Promise<readonly ImageFeatures[]>;
  /** Frees ONNX Runtime's session. */
  release(): Promise<void>;
}

const OPTIONS = ["model", "taps", "runtime", "preprocessing", "mapLayout"] as const;

/**
 * An encoder of any ONNX file of an image network, tapped at outputs or inner values; what the taps do not need is left out. It is run once
 * on an empty picture. Throws OptionError for a tap that there is not (with the nearest names that there are) and for taps and
 * preprocessing that do not fit; DataError where the bytes are no such model; CompileError where ONNX Runtime refuses it; BackendError
 * where it fails.
 *
 * Source: annotation vectors of a convolutional layer, Xu et al., 2015; a classifier without its last layer, Vinyals et al., 2015.
 *
 * @example
 * const encoder = await frozenEncoder({ model, taps: ["fire9/concat_1"], runtime, preprocessing: imagenet() });
 * const [{ grid, pooled }] = await encoder.encode(imageBatch([await readImage("cat.jpg", encoder.preprocessing)]));
 */
export async function frozenEncoder(options: FrozenEncoderOptions): Promise<FrozenEncoder> {
  const op = "frozenEncoder";
  const { model, taps, runtime, mapLayout, ...given } = optionsOf(op, options, ...OPTIONS);
  requireArguments(op, model, taps, mapLayout);
  const preprocessing = requirePreprocessing(op, given.preprocessing);
  const { bytes, input } = tappedModel(op, model, taps);
  const shape = imageShape(preprocessing);
  const batch = requireFit(op, input, preprocessing, shape);
  const digest = await sha256(model);
  const run = await openOnnx(runtime, bytes, `${op}: the model`, "sleep");
  try {
    const empty = { data: new Float32Array(batch * sizeOf(shape)), shape: [batch, ...shape], dtype: "f32" } as const;
    const plan = gridPlan(op, taps, await run([empty]), { batch, preprocessing, mapLayout });
    return encoderOf({ run, plan, batch, preprocessing, shape, taps, digest, mapLayout });
  } catch (error) {
    await run.release();
    throw error;
  }
}

interface Opened {
  readonly run: OnnxFunction;
  readonly plan: GridPlan;
  /** How many pictures a run takes. */
  readonly batch: number;
  readonly preprocessing: Preprocessing;
  readonly shape: readonly number[];
  readonly taps: readonly string[];
  readonly digest: string;
  readonly mapLayout: MapLayout | undefined;
}

function encoderOf({ run, plan, batch, preprocessing, shape, taps, digest, mapLayout }: Opened): FrozenEncoder {
  const { height, width, gridSize, pooledSize } = plan;
  const sizes = { height, width, gridSize, pooledSize };
  return {
    ...sizes,
    ...{ batch, preprocessing },
    describe: () => ({ sha256: digest, taps: [...taps], ...(mapLayout && { mapLayout }), preprocessing, ...sizes }),
    async encode(pixels) {
      const { shape: given, dtype, data } = requireArray("encode: the pictures", pixels);
      const [count = 0, ...rest] = given;
      if (dtype !== "f32" || rest.join() !== shape.join() || count === 0) {
        throw new ShapeError(
          `encode: the pictures are ${dtype}${shapeText(given)}; expected f32[B, ${shape.join(", ")}], by the encoder's preprocessing.`,
          { shape: given },
        );
      }
      const features: ImageFeatures[] = [];
      const perPicture = data.length / count;
      for (let from = 0; from < count; from += batch) {
        const used = Math.min(batch, count - from);
        // A model of a fixed batch gets empty pictures beside the last ones.
        const some = new Float32Array(batch * perPicture);
        some.set(data.subarray(from * perPicture, (from + used) * perPicture));
        const values = await run([{ data: some, shape: [batch, ...shape], dtype: "f32" }]);
        requireSizes(values, plan, batch);
        for (let i = 0; i < used; i++) features.push(featuresAt(plan, values, i, preprocessing));
      }
      return features;
    },
    release: () => run.release(),
  };
}

function featuresAt(
  plan: GridPlan,
  values: readonly NdArray[],
  index: number,
  preprocessing: Preprocessing,
): ImageFeatures {
  const { height, width, gridSize, pooledSize } = plan;
  const { grid: data, pooled } = gridAt(plan, values, index);
  const grid: NdArray = { data, shape: [height * width, gridSize], dtype: "f32" };
  const vector: NdArray = pooled ? { data: pooled, shape: [pooledSize], dtype: "f32" } : meanPooled(grid);
  return { grid, height, width, pooled: vector, preprocessing };
}

/** A model whose sizes depend on what is on a picture has no grid. */
function requireSizes(values: readonly NdArray[], { taps }: GridPlan, batch: number): void {
  const other = values.findIndex(({ shape, data }, i) => {
    const tap = taps[i] as TapShape;
    const size = tap.kind === "vector" ? tap.channels : tap.size.height * tap.size.width * tap.size.channels;
    return shape[0] !== batch || data.length !== batch * size;
  });
  if (other < 0) return;
  const { shape } = values[other] as NdArray;
  throw new DataError(
    `encode: the tap ${taps[other]?.name} is ${shapeText(shape)}, other than on the first run. Tap a value whose size does not depend on what is on a picture.`,
    { shape },
  );
}

function requireArguments(op: string, model: unknown, taps: unknown, mapLayout: unknown): void {
  if (!(model instanceof Uint8Array)) {
    throw new ArgumentError(
      `${op}: the model is ${describe(model)}; expected a Uint8Array, the bytes of an ONNX file.`,
    );
  }
  if (!Array.isArray(taps) || taps.length === 0 || taps.some((tap) => typeof tap !== "string")) {
    throw new OptionError(
      `${op}: taps is ${describe(taps)}; expected a list of one name or more, of values that the model makes.`,
    );
  }
  if (new Set(taps).size < taps.length) throw new OptionError(`${op}: a tap is named twice: ${taps.join(", ")}.`);
  if (mapLayout !== undefined && mapLayout !== "chw" && mapLayout !== "hwc") {
    throw new OptionError(`${op}: mapLayout is ${describe(mapLayout)}; expected "chw" or "hwc".`);
  }
}

/** What a run of a fixed batch takes stands in memory. */
const MOST_BATCH = 256;

/**
 * How many pictures a run takes: as many as the model says, else one, which costs no more time per picture than several, and less memory.
 * Throws OptionError where the model's sizes are not those of the pictures.
 */
function requireFit(
  op: string,
  { name, shape: declared }: ImageInput,
  { layout }: Preprocessing,
  shape: readonly number[],
): number {
  const [batch, ...sides] = declared;
  if (sides.some((side, i) => typeof side === "number" && side !== shape[i])) {
    throw new OptionError(
      `${op}: the model's input ${name} is [${declared.join(", ")}]; the preprocessing makes [B, ${shape.join(", ")}] (layout "${layout}"). Set its size, channels and layout by the model.`,
      { declared, shape },
    );
  }
  if (typeof batch === "number" && (batch < 1 || batch > MOST_BATCH)) {
    throw new DataError(
      `${op}: the model's input ${name} is [${declared.join(", ")}]; expected a batch of 1 to ${MOST_BATCH} pictures.`,
    );
  }
  return typeof batch === "number" ? batch : 1;
}

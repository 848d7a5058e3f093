import {
  ArgumentError,
  add,
  type Dim,
  describe,
  mean,
  OptionError,
  optionsOf,
  pad,
  relu,
  reshape,
  ShapeError,
  splitKey,
  type Tensor,
  transpose,
  typeText,
} from "@throughtime/core";
import {
  type ConvParams,
  conv,
  type GroupNormParams,
  groupNorm,
  normalInitializer,
  requireParams,
  requirePositive,
} from "@throughtime/nn";
import type { ImageEncoder } from "./encoder.js";

type Block = { readonly conv: ConvParams; readonly norm: GroupNormParams };

/** The parameters of `cnn`: one block for each of `widths`, and the last one; `position`: [D, height, width]. */
export type CnnParams = { readonly blocks: readonly Block[]; readonly position: Tensor };

export interface CnnOptions {
  /** [height, width] of the pictures, in pixels. */
  readonly size: readonly [height: number, width: number];
  /** Of the pictures: 3 for colours, 1 for gray. Default 3. */
  readonly channels?: number;
  /** Channels after each block; each halves height and width. The last is D. Default [32, 64, 128]. */
  readonly widths?: readonly number[];
}

/** Channels of one group of the normalization, where that divides them. */
const GROUP = 8;

/**
 * A small convolutional network that is trained with its decoder. Each block is a convolution 3×3 of stride 2, started as in He et al. (2015),
 * group normalization with 8 channels a group (Wu & He 2018; one group where 8 does not divide them) and relu; together they see around the
 * middle of each cell of the grid. A last block of stride 1 sees a learned vector of each place, added before it, so that features know where
 * they are. pixels [B, C, H, W] → grid [B, L, D], pooled [B, D], its mean (Lin et al. 2014). A picture's features do not depend on what
 * is beside it.
 * Throws OptionError where a size is not positive; `encode` throws ArgumentError where it is given no pixels, ShapeError where
 * they have another size.
 *
 * @example const encoder = cnn({ size: [64, 64] }); // a grid of 8 × 8
 */
export function cnn(options: CnnOptions): ImageEncoder<CnnParams> {
  const { size, channels = 3, widths = [32, 64, 128] } = optionsOf("cnn", options, "size", "channels", "widths");
  const [pixelRows, pixelColumns] = requireNumbers("size", size, "[height, width] in pixels", 2, 2);
  requireNumbers("widths", widths, "a list of the channels of each block, such as [32, 64, 128]", 1);
  requirePositive("cnn", { height: pixelRows as number, width: pixelColumns as number, channels });
  widths.forEach((width, i) => void requirePositive("cnn", { [`widths[${i}]`]: width }));
  const halved = (pixels: number) => widths.reduce((n) => Math.ceil(n / 2), pixels);
  const [height, width] = [halved(pixelRows as number), halved(pixelColumns as number)];
  const D = widths.at(-1) as number;
  const shapes = [...widths.map((O, i) => ({ C: widths[i - 1] ?? channels, O, stride: 2 })), { C: D, O: D, stride: 1 }];
  const blocks = shapes.map(({ C, O, stride }, i) => ({
    conv: conv({
      inputSize: C,
      outputSize: O,
      stride,
      bias: false,
      ...(i === widths.length - 1 ? { padding: 0 } : {}),
    }),
    norm: groupNorm({ size: O, groups: O % GROUP === 0 ? O / GROUP : 1 }),
  }));
  return {
    ...{ name: "cnn", height, width, gridSize: D, pooledSize: D },
    size: shapes.reduce((sum, { C, O }) => sum + 9 * C * O + 2 * O, D * height * width),
    dims: { pixels: ["B", null, null, null] },
    init(key) {
      const keys = splitKey(key, blocks.length + 1);
      return {
        blocks: blocks.map((block, i) => {
          const [convKey, normKey] = splitKey(keys[i] as (typeof keys)[number]);
          return { conv: block.conv.init(convKey), norm: block.norm.init(normKey) };
        }),
        position: normalInitializer(0.02)(keys.at(-1) as (typeof keys)[number], [D, height, width]),
      };
    },
    encode(params, { pixels }) {
      if (!pixels) throw new ArgumentError("cnn: expected images { pixels }, which this encoder makes features of.");
      const [B, ...rest] = pixels.shape as readonly [Dim, ...Dim[]];
      if (rest.length !== 3 || rest[0] !== channels || rest[1] !== pixelRows || rest[2] !== pixelColumns) {
        throw new ShapeError(
          `cnn: pixels is ${typeText(pixels)}; expected [B, ${channels}, ${pixelRows}, ${pixelColumns}], as the encoder was built.`,
          { shape: pixels.shape, expected: [channels, pixelRows, pixelColumns] },
        );
      }
      const own = requireParams("cnn", params, ["blocks", "position"]);
      let x = pixels;
      blocks.forEach((block, i) => {
        const { conv, norm } = requireParams(`cnn: block ${i}`, own.blocks[i] as Block, ["conv", "norm"]);
        if (i === blocks.length - 1) x = add(x, own.position);
        if (i === widths.length - 1) x = paddedAfter(x);
        x = relu(block.norm.apply(norm, block.conv.apply(conv, x)));
      });
      const grid = transpose(reshape(x, [B, D, height * width]), [0, 2, 1]);
      return { grid, pooled: mean(grid, { axis: 1 }) };
    },
  };
}

/**
 * What the last halving block reads: [B, C, H, W] with zeros after its last row and column, and before its first where their number is odd.
 * Windows 3×3 of stride 2 with zeros on both sides have their centres before those of the cells they stand for, by half a pixel of what they read: three
 * blocks by 3.5 pixels of the picture, half a cell. With the last one the other way around it is half a pixel, however many there are.
 */
const paddedAfter = (x: Tensor): Tensor =>
  [2, 3].reduce((y, axis) => pad(y, { axis, before: (x.shape[axis] as number) % 2, after: 1 }), x);

/** Throws OptionError for what is no list of so many. */
function requireNumbers(name: string, given: readonly number[], expected: string, least: number, most = Infinity) {
  if (Array.isArray(given) && given.length >= least && given.length <= most) return given as readonly number[];
  throw new OptionError(`cnn: ${name} is ${describe(given)}; expected ${expected}.`, { [name]: given });
}

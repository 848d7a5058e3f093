import { OptionError, ShapeError } from "../errors.js";
import { requireFloat } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, typeText } from "../tensor.js";
import type { Windows } from "./windows.js";

export interface Pool2dParams {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

export interface Pool2dOptions {
  /** Of a window, along both axes. */
  readonly size: number;
  /** Steps between windows, along both axes. Default: size. */
  readonly stride?: number;
  /** Places on every side of x, at most half of size. Default 0. */
  readonly padding?: number;
}

export const poolWindows = ({ size, stride, padding }: Pool2dParams): Windows => ({
  height: size,
  width: size,
  stride,
  padding,
});

export function poolParams(op: string, options: Pool2dOptions): Pool2dParams {
  const { size, stride = size, padding = 0 } = optionsOf(op, options, "size", "stride", "padding");
  const isCount = (value: number, least: number) => Number.isInteger(value) && value >= least;
  if (!isCount(size, 1) || !isCount(stride, 1) || !isCount(padding, 0) || 2 * padding > size) {
    throw new OptionError(
      `${op}: size is ${size}, stride ${stride}, padding ${padding}; expected integers, size and stride ≥ 1, padding between 0 and size / 2.`,
      { size, stride, padding },
    );
  }
  return { size, stride, padding };
}

export function requirePool(op: string, x: Tensor, { size, padding }: Pool2dParams): void {
  requireFloat(op, [x]);
  const [, C, H, W] = x.shape;
  const isFit =
    x.shape.length === 4 &&
    typeof C === "number" &&
    [H, W].every((d) => typeof d === "number" && d + 2 * padding >= size);
  if (isFit) return;
  throw new ShapeError(
    `${op}: x is ${typeText(x)}; expected [N, C, H, W], numbers but for N, with a window of ${size} × ${size} no larger than the padded image.`,
    { x: x.shape, size, padding },
  );
}

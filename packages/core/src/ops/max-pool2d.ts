import { defineComposite } from "../composite.js";
import type { Dim } from "../dim.js";
import { apply, type Op, type TensorLike, toTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { and } from "./and.js";
import { equal } from "./equal.js";
import { maximum } from "./maximum.js";
import { not } from "./not.js";
import { type Pool2dOptions, type Pool2dParams, poolParams, poolWindows, requirePool } from "./pool2d.js";
import { select } from "./select.js";
import { byExamples, sumOfTaps, tapsOf } from "./windows.js";

const OUTSIDE = Number.NEGATIVE_INFINITY;

/**
 * y[n, c, i, j] = the largest of size × size places of x, from (i·stride − padding, j·stride − padding) on. x [N, C, H, W] →
 * y [N, C, H', W']. f32, f64.
 */
export const maxPool2dOp: Op<Pool2dParams> = defineComposite({
  name: "maxPool2d",
  lower: ([x], params) => [tapsOf(x as Tensor, poolWindows(params), OUTSIDE).reduce((a, b) => maximum(a, b))],
  vjp: ({ inputs, y, params }, dy) => [apply(maxPool2dGradientOp, [inputs[0] as Tensor, y, dy], params)],
  batch: (inputs, on, params) => byExamples(maxPool2dOp, inputs, on, params),
});

/**
 * The gradient of maxPool2d: each window's dy goes to the first place, row by row, where x is the window's y. x
 * [N, C, H, W], y and dy [N, C, H', W'] → dx [N, C, H, W]. f32, f64.
 */
export const maxPool2dGradientOp: Op<Pool2dParams> = defineComposite({
  name: "maxPool2dGradient",
  lower([x, y, dy], params) {
    const windows = poolWindows(params);
    const [, , H, W] = (x as Tensor).shape as readonly [Dim, Dim, number, number];
    let free: Tensor | undefined;
    const taps = tapsOf(x as Tensor, windows, OUTSIDE).map((tap) => {
      const hit = equal(tap, y as Tensor);
      const first = free ? and(free, hit) : hit;
      free = free ? and(free, not(hit)) : not(hit);
      return select(first, dy as Tensor, 0);
    });
    return [sumOfTaps(taps, windows, [H, W])];
  },
  batch: (inputs, on, params) => (on.every(Boolean) ? byExamples(maxPool2dGradientOp, inputs, on, params) : undefined),
});

/**
 * The largest of each window: x [N, C, H, W], f32 or f64, → y [N, C, H', W'] with H' = ⌊(H + 2·padding − size) / stride⌋ + 1.
 * Padding is never the largest. NaN where a window has one. Of equal ones the first, row by row, has the gradient. N may be a
 * named size, H and W are numbers. Throws ShapeError where x is not so, OptionError for a size or stride below 1 or padding above half of
 * size, DtypeError where x is not float.
 */
export function maxPool2d(x: TensorLike, options: Pool2dOptions): Tensor {
  const params = poolParams("maxPool2d", options);
  const images = toTensor("maxPool2d", x);
  requirePool("maxPool2d", images, params);
  return apply(maxPool2dOp, [images], params);
}

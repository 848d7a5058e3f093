import { defineComposite } from "../composite.js";
import { apply, type Op, type TensorLike, toTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { add } from "./add.js";
import { mul } from "./mul.js";
import { type Pool2dOptions, type Pool2dParams, poolParams, poolWindows, requirePool } from "./pool2d.js";
import { byExamples, sumOfTaps, tapsOf } from "./windows.js";

/** Of the gradient: `height` and `width` are those of the result, which the operand does not say. */
export interface AveragePool2dGradientParams extends Pool2dParams {
  readonly height: number;
  readonly width: number;
}

/**
 * y[n, c, i, j] = the mean of size × size places of x, from (i·stride − padding, j·stride − padding) on, zeros around x
 * counted in. x [N, C, H, W] → y [N, C, H', W']. f32, f64.
 */
export const averagePool2dOp: Op<Pool2dParams> = defineComposite({
  name: "averagePool2d",
  lower([x], params) {
    const total = tapsOf(x as Tensor, poolWindows(params)).reduce((a, b) => add(a, b));
    return [mul(total, 1 / params.size ** 2)];
  },
  vjp({ inputs, params }, dy) {
    const [height, width] = (inputs[0] as Tensor).shape.slice(2) as [number, number];
    return [apply(averagePool2dGradientOp, [dy], { ...params, height, width })];
  },
  batch: (inputs, on, params) => byExamples(averagePool2dOp, inputs, on, params),
});

/**
 * The gradient of averagePool2d: each place gets dy / size² of every window that it lies in. dy [N, C, H', W'] → dx
 * [N, C, height, width]. f32, f64.
 */
export const averagePool2dGradientOp: Op<AveragePool2dGradientParams> = defineComposite({
  name: "averagePool2dGradient",
  lower([dy], { height, width, ...params }) {
    const part = mul(dy as Tensor, 1 / params.size ** 2);
    return [sumOfTaps(Array<Tensor>(params.size ** 2).fill(part), poolWindows(params), [height, width])];
  },
  vjp: ({ params: { size, stride, padding } }, dz) => [apply(averagePool2dOp, [dz], { size, stride, padding })],
  batch: (inputs, on, params) => byExamples(averagePool2dGradientOp, inputs, on, params),
});

/**
 * The mean of each window: x [N, C, H, W], f32 or f64, → y [N, C, H', W'] with H' = ⌊(H + 2·padding − size) / stride⌋ + 1.
 * Padding counts as zeros (PyTorch's count_include_pad). N may be a named size, H and W are numbers. Throws ShapeError where x is
 * not so, OptionError for a size or stride below 1 or padding above half of size, DtypeError where x is not float.
 */
export function averagePool2d(x: TensorLike, options: Pool2dOptions): Tensor {
  const params = poolParams("averagePool2d", options);
  const images = toTensor("averagePool2d", x);
  requirePool("averagePool2d", images, params);
  return apply(averagePool2dOp, [images], params);
}

import { defineComposite } from "../composite.js";
import { type Dim, mulDim } from "../dim.js";
import { OptionError, ShapeError } from "../errors.js";
import { apply, type Op, requireFloat, requireSameDtype, type TensorLike, toTensors } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, typeText } from "../tensor.js";
import { concat } from "./concat.js";
import { matmul } from "./matmul.js";
import { reshape } from "./reshape.js";
import { split } from "./slice.js";
import { transpose } from "./transpose.js";
import { byExamples, moreExamples, sumOfTaps, tapsOf, windowCount } from "./windows.js";

export interface Conv2dParams {
  readonly stride: number;
  readonly padding: number;
}

/** Of the gradients of a convolution: `height` and `width` are those of the result, which the operands do not say. */
export interface Conv2dGradientParams extends Conv2dParams {
  readonly height: number;
  readonly width: number;
}

type Images = readonly [Dim, number, number, number];
type Kernel = readonly [number, number, number, number];

/**
 * y[n, o, i, j] = Σ x[n, c, i·stride + p, j·stride + q]·w[o, c, p, q] over c, p, q, with `padding` zeros around x. x
 * [N, C, H, W], w [O, C, P, Q] → y [N, O, H', W']. f32, f64.
 */
export const conv2dOp: Op<Conv2dParams> = defineComposite({
  name: "conv2d",
  lower([x, w], params) {
    const [image, kernel] = [x as Tensor, w as Tensor];
    const [N, , H, W] = image.shape as Images;
    const [O, C, height, width] = kernel.shape as Kernel;
    const [rows, columns] = [windowCount(H, height, params), windowCount(W, width, params)];
    const taps = tapsOf(image, { ...params, height, width }).map((tap) => reshape(tap, [N, C, 1, rows * columns]));
    const patches = reshape(concat(taps, { axis: 2 }), [N, C * height * width, rows * columns]);
    return [reshape(matmul(reshape(kernel, [O, C * height * width]), patches), [N, O, rows, columns])];
  },
  vjp({ inputs, params }, dy) {
    const [x, w] = inputs as readonly [Tensor, Tensor];
    return [inputGradient(dy, w, params, x), weightGradient(x, dy, params, w)];
  },
  batch: (inputs, on, params) => (on[0] && !on[1] ? byExamples(conv2dOp, inputs, on, params) : undefined),
});

/**
 * The gradient of conv2d by x, a transposed convolution: dx[n, c, i·stride + p − padding, j·stride + q − padding] +=
 * dy[n, o, i, j]·w[o, c, p, q]. dy [N, O, H', W'], w [O, C, P, Q] → dx [N, C, height, width]. f32, f64.
 */
export const conv2dInputGradientOp: Op<Conv2dGradientParams> = defineComposite({
  name: "conv2dInputGradient",
  lower([dy, w], { stride, padding, height: H, width: W }) {
    const [N, O, rows, columns] = (dy as Tensor).shape as Images;
    const [, C, height, width] = (w as Tensor).shape as Kernel;
    const matrix = transpose(reshape(w as Tensor, [O, C, height * width]), [2, 1, 0]); // [P·Q, C, O]
    const products = matmul(reshape(matrix, [height * width * C, O]), reshape(dy as Tensor, [N, O, rows * columns]));
    const taps = split(reshape(products, [N, height * width * C, rows, columns]), height * width, { axis: 1 });
    return [sumOfTaps(taps, { stride, padding, height, width }, [H, W])];
  },
  vjp({ inputs, params }, dz) {
    const [dy, w] = inputs as readonly [Tensor, Tensor];
    return [apply(conv2dOp, [dz, w], convolution(params)), weightGradient(dz, dy, params, w)];
  },
  batch: (inputs, on, params) => (on[0] && !on[1] ? byExamples(conv2dInputGradientOp, inputs, on, params) : undefined),
});

/**
 * The gradient of conv2d by w: dw[o, c, p, q] = Σ x[n, c, i·stride + p − padding, j·stride + q − padding]·dy[n, o, i, j]
 * over n, i, j. x [N, C, H, W], dy [N, O, H', W'] → dw [O, C, height, width]. f32, f64.
 */
export const conv2dWeightGradientOp: Op<Conv2dGradientParams> = defineComposite({
  name: "conv2dWeightGradient",
  lower([x, dy], windows) {
    const { height, width } = windows;
    const [N, O, rows, columns] = (dy as Tensor).shape as Images;
    const C = (x as Tensor).shape[1] as number;
    const places = mulDim(N, rows * columns);
    // Examples beside their places, so that the sum over both is one product.
    const taps = tapsOf(transpose(x as Tensor, [1, 0, 2, 3]), windows).map((tap) => reshape(tap, [C, 1, places]));
    const patches = reshape(concat(taps, { axis: 1 }), [C * height * width, places]);
    const slopes = reshape(transpose(dy as Tensor, [1, 0, 2, 3]), [O, places]);
    const dw = matmul(slopes, patches, { transposeB: true });
    return [reshape(dw, [O, C, height, width])];
  },
  vjp({ inputs, params }, dz) {
    const [x, dy] = inputs as readonly [Tensor, Tensor];
    return [inputGradient(dy, dz, params, x), apply(conv2dOp, [x, dz], convolution(params))];
  },
  sumBatch([x, dy], [onX, onDy], params) {
    if (!onX || !onDy) return undefined;
    return apply(conv2dWeightGradientOp, [moreExamples(x as Tensor), moreExamples(dy as Tensor)], params);
  },
});

const convolution = ({ stride, padding }: Conv2dParams): Conv2dParams => ({ stride, padding });

const inputGradient = (dy: Tensor, w: Tensor, params: Conv2dParams, x: Tensor): Tensor =>
  apply(conv2dInputGradientOp, [dy, w], { ...convolution(params), ...sizes(x) });

const weightGradient = (x: Tensor, dy: Tensor, params: Conv2dParams, w: Tensor): Tensor =>
  apply(conv2dWeightGradientOp, [x, dy], { ...convolution(params), ...sizes(w) });

const sizes = ({ shape }: Tensor) => ({ height: shape[2] as number, width: shape[3] as number });

export interface Conv2dOptions {
  /** Steps between windows, along both axes. Default 1. */
  readonly stride?: number;
  /** Zeros on every side of x. Default 0. */
  readonly padding?: number;
}

/**
 * Two-dimensional convolution (cross-correlation, as in PyTorch and ONNX). x: [N, C, H, W], w: [O, C, P, Q], both f32 or
 * both f64; y: [N, O, H', W'] with H' = ⌊(H + 2·padding − P) / stride⌋ + 1. N may be a named size, the others are numbers.
 * Throws ShapeError where the shapes do not fit, OptionError for a stride below 1 or padding below 0, DtypeError where dtypes
 * differ or are not float.
 */
export function conv2d(x: TensorLike, w: TensorLike, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = 0 } = optionsOf("conv2d", options, "stride", "padding");
  const [image, kernel] = toTensors("conv2d", [x, w]) as readonly [Tensor, Tensor];
  if (!Number.isInteger(stride) || stride < 1 || !Number.isInteger(padding) || padding < 0) {
    throw new OptionError(`conv2d: stride is an integer ≥ 1 and padding ≥ 0, received ${stride} and ${padding}.`, {
      stride,
      padding,
    });
  }
  requireSameDtype("conv2d", [image, kernel]);
  requireFloat("conv2d", [image]);
  const [, C, H, W] = image.shape;
  const [O, inner, P, Q] = kernel.shape;
  const isFit =
    image.shape.length === 4 &&
    kernel.shape.length === 4 &&
    C === inner &&
    [H, W, P, Q, C, O].every((d) => typeof d === "number" && d > 0) &&
    (H as number) + 2 * padding >= (P as number) &&
    (W as number) + 2 * padding >= (Q as number);
  if (!isFit) {
    throw new ShapeError(
      `conv2d: x is ${typeText(image)} and w is ${typeText(kernel)}; expected x [N, C, H, W] and w [O, C, P, Q] with one C, numbers above 0 but for N, ` +
        `and a kernel no larger than the padded image.`,
      { x: image.shape, w: kernel.shape, padding },
    );
  }
  return apply(conv2dOp, [image, kernel], { stride, padding });
}

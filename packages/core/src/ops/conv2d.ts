import { defineComposite } from "../composite.js";
import { type Dim, mulDim } from "../dim.js";
import { OptionError, ShapeError } from "../errors.js";
import { ndarray } from "../ndarray.js";
import { apply, constant, type TensorLike, toTensors } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, typeText } from "../tensor.js";
import { gather } from "./gather.js";
import { matmul } from "./matmul.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";

export interface Conv2dParams {
  readonly stride: number;
  readonly padding: number;
}

/**
 * y[n, o, i, j] = Σ x[n, c, i·stride + p, j·stride + q]·w[o, c, p, q] over c, p, q, with `padding` zeros around x. x
 * [N, C, H, W], w [O, C, P, Q] → y [N, O, H', W'].
 */
export const conv2dOp = defineComposite<Conv2dParams>({
  name: "conv2d",
  lower([x, w], { stride, padding }) {
    const padded = pad(pad(x as Tensor, { axis: 2, before: padding, after: padding }), {
      axis: 3,
      before: padding,
      after: padding,
    });
    const [N, C, H, W] = padded.shape as readonly [Dim, number, number, number];
    const [O, , P, Q] = (w as Tensor).shape as readonly [number, number, number, number];
    const [rows, columns] = [outputSize(H, P, stride), outputSize(W, Q, stride)];
    // Patches: every place's window as one row, so that the whole convolution is one product.
    const places = transpose(reshape(padded, [N, C, H * W]), [2, 0, 1]); // [H·W, N, C]
    const windows = gather(places, constant(windowIndices(W, rows, columns, P, Q, stride))); // [H'·W', P·Q, N, C]
    const patches = reshape(transpose(windows, [2, 0, 3, 1]), [mulDim(N, rows * columns), C * P * Q]);
    const y = matmul(patches, reshape(w as Tensor, [O, C * P * Q]), { transposeB: true }); // [N·H'·W', O]
    return [reshape(transpose(reshape(y, [N, rows * columns, O]), [0, 2, 1]), [N, O, rows, columns])];
  },
});

const outputSize = (size: number, kernel: number, stride: number) => Math.floor((size - kernel) / stride) + 1;

/** For each place of the result and each place of the kernel, the place of the input: [H'·W', P·Q]. */
function windowIndices(width: number, rows: number, columns: number, P: number, Q: number, stride: number) {
  const indices = new Int32Array(rows * columns * P * Q);
  let next = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let p = 0; p < P; p++) {
        for (let q = 0; q < Q; q++) indices[next++] = (i * stride + p) * width + j * stride + q;
      }
    }
  }
  return ndarray(indices, { shape: [rows * columns, P * Q] });
}

export interface Conv2dOptions {
  /** Steps between windows, along both axes. Default 1. */
  readonly stride?: number;
  /** Zeros on every side of x. Default 0. */
  readonly padding?: number;
}

/**
 * Two-dimensional convolution (cross-correlation, as in PyTorch and ONNX), by patches and one product. x: [N, C, H, W],
 * w: [O, C, P, Q], f32 or f64; y: [N, O, H', W'] with H' = ⌊(H + 2·padding − P) / stride⌋ + 1. N may be a named size, the
 * others are numbers. Throws ShapeError where the shapes do not fit, OptionError for a stride below 1 or padding below 0.
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
  const [, C, H, W] = image.shape;
  const [, inner, P, Q] = kernel.shape;
  const isFit =
    image.shape.length === 4 &&
    kernel.shape.length === 4 &&
    C === inner &&
    [H, W, P, Q, C].every((d) => typeof d === "number") &&
    (H as number) + 2 * padding >= (P as number) &&
    (W as number) + 2 * padding >= (Q as number);
  if (!isFit) {
    throw new ShapeError(
      `conv2d: x is ${typeText(image)} and w is ${typeText(kernel)}; expected x [N, C, H, W] and w [O, C, P, Q] with one C, numbers but for N, ` +
        `and a kernel no larger than the padded image.`,
      { x: image.shape, w: kernel.shape, padding },
    );
  }
  return apply(conv2dOp, [image, kernel], { stride, padding });
}

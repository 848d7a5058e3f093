import {
  type AveragePool2dGradientParams,
  type Conv2dGradientParams,
  type Conv2dParams,
  type Dim,
  fullArray,
  mulDim,
  type Pool2dParams,
  type Tensor,
} from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";
import { reshaped } from "./shape.js";

type Four = readonly [Dim, number, number, number];
const sizesOf = ({ shape }: Tensor): Four => shape as unknown as Four;

const both = <T>(value: T): readonly [T, T] => [value, value];
const windows = ({ stride, padding }: Conv2dParams) => ({
  strides: both(stride),
  pads: [padding, padding, padding, padding],
});

const conv2d: Lowering = (node, context) =>
  context.node(
    "Conv",
    node.inputs.map((input) => context.value(input)),
    windows(node.params as Conv2dParams),
  );

/** With fewer channels than this in its result, ONNX Runtime's Conv is slower than its ConvTranspose. */
const FEW = 16;

/** At stride 1 a convolution with the kernel turned by 180°: there is no ConvTranspose as fast. */
const conv2dInputGradient: Lowering = (node, context) => {
  const { height, width, stride, padding } = node.params as Conv2dGradientParams;
  const [dy, w] = node.inputs as readonly [Tensor, Tensor];
  const [, , rows, columns] = sizesOf(dy);
  const [, C, P, Q] = sizesOf(w);
  const [slopes, kernel] = [context.value(dy), context.value(w)];
  if (stride === 1 && C >= FEW && padding < P && padding < Q) {
    const [start, end] = [context.integers(both(-1)), context.integers(both(-(2 ** 31)))];
    const turned = context.node("Slice", [kernel, start, end, context.integers([2, 3]), start]);
    const pads = [P - 1 - padding, Q - 1 - padding];
    return context.node("Conv", [slopes, context.node("Transpose", [turned], { perm: [1, 0, 2, 3] })], {
      pads: [...pads, ...pads],
    });
  }
  // Places behind the last window.
  const rest = (size: number, count: number, window: number) => size + 2 * padding - window - (count - 1) * stride;
  return context.node("ConvTranspose", [slopes, kernel], {
    ...windows({ stride, padding }),
    output_padding: [rest(height, rows, P), rest(width, columns, Q)],
  });
};

/**
 * A product for each place of the kernel, over what all windows have there; with few channels one for all places, since
 * products of a few rows are slow. In trials nothing that ONNX has for it was faster, a Conv of x by dy least of all.
 */
const conv2dWeightGradient: Lowering = (node, context) => {
  const { height, width, stride, padding } = node.params as Conv2dGradientParams;
  const [x, dy] = node.inputs as readonly [Tensor, Tensor];
  const [N, O, rows, columns] = sizesOf(dy);
  const [, C] = sizesOf(x);
  const places = mulDim(N, rows * columns);
  const turn = (value: string) => context.node("Transpose", [value], { perm: [1, 0, 2, 3] });
  const matrix = (value: string, count: number) => reshaped(value, [count, places], context);
  const pads = context.integers([0, 0, padding, padding, 0, 0, padding, padding]);
  const turned = turn(context.value(x));
  const padded = padding === 0 ? turned : context.node("Pad", [turned, pads]);
  const axes = context.integers([2, 3]);
  const steps = context.integers(both(stride));
  const taps = Array.from({ length: height * width }, (_, k) => {
    const [p, q] = [Math.floor(k / width), k % width];
    const end = context.integers([p + (rows - 1) * stride + 1, q + (columns - 1) * stride + 1]);
    return context.node("Slice", [padded, context.integers([p, q]), end, axes, steps]);
  });
  const slopes = matrix(turn(context.value(dy)), O);
  const product = (value: string) => context.node("Gemm", [slopes, value], { transB: 1 });
  const dw =
    C < FEW
      ? product(matrix(context.node("Concat", taps, { axis: 0 }), taps.length * C))
      : context.node(
          "Concat",
          taps.map((tap) => product(matrix(tap, C))),
          { axis: 1 },
        );
  const shaped = context.node("Reshape", [dw, context.integers([O, height, width, C])]);
  return context.node("Transpose", [shaped], { perm: [0, 3, 1, 2] });
};

const pooling = (params: Pool2dParams) => ({ kernel_shape: both(params.size), ...windows(params) });

/** ONNX Runtime's MaxPool passes NaN by, and what it has for places outside is not −∞; ours sees NaN, and has −∞ there. */
const maxPool2d: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const { padding, ...params } = node.params as Pool2dParams;
  const pads = context.integers([0, 0, padding, padding, 0, 0, padding, padding]);
  const value = context.value(x);
  const around = (outside: number) => (of: string) =>
    padding === 0 ? of : context.node("Pad", [of, pads, context.scalar(outside, "f32")]);
  const largest = (of: string) => context.node("MaxPool", [of], pooling({ ...params, padding: 0 }));
  const nans = context.node("Cast", [context.node("IsNaN", [value])], { to: 1 });
  const any = context.node("Greater", [largest(around(0)(nans)), context.scalar(0, "f32")]);
  return context.node("Where", [
    any,
    context.scalar(Number.NaN, "f32"),
    largest(around(Number.NEGATIVE_INFINITY)(value)),
  ]);
};

/** Every dy to the index that MaxPool says; a window of nothing above −∞, or of NaN, has none. */
const maxPool2dGradient: Lowering = (node, context) => {
  const [x, y, dy] = node.inputs as readonly [Tensor, Tensor, Tensor];
  const [, indices] = context.nodes("MaxPool", [context.value(x)], 2, pooling(node.params as Pool2dParams));
  const hasOne = context.node("Greater", [context.value(y), context.scalar(LOWEST, "f32")]);
  const slopes = context.node("Mul", [context.value(dy), context.node("Cast", [hasOne], { to: 1 })]);
  const flat = (value: string) => context.node("Reshape", [value, context.integers([-1])]);
  const at = flat(context.node("Max", [indices as string, context.integers([0])]));
  const size = sizesOf(x).reduce<Dim>(mulDim, 1);
  const zeros = context.node("Expand", [context.scalar(0, "f32"), context.shape([size])]);
  const dx = context.node("ScatterElements", [zeros, at, flat(slopes)], { axis: 0, reduction: "add" });
  return reshaped(dx, x.shape, context);
};

const LOWEST = -3.4028234663852886e38;

const averagePool2d: Lowering = (node, context) =>
  context.node("AveragePool", [context.value(node.inputs[0] as Tensor)], {
    ...pooling(node.params as Pool2dParams),
    count_include_pad: 1,
  });

const averagePool2dGradient: Lowering = (node, context) => {
  const { size, stride, padding, height, width } = node.params as AveragePool2dGradientParams;
  const [dy] = node.inputs as readonly [Tensor];
  const [, C, rows, columns] = sizesOf(dy);
  const rest = (length: number, count: number) => length + 2 * padding - size - (count - 1) * stride;
  const kernel = context.constant(fullArray([C, 1, size, size], 1 / size ** 2, "f32"));
  return context.node("ConvTranspose", [context.value(dy), kernel], {
    ...windows({ stride, padding }),
    output_padding: [rest(height, rows), rest(width, columns)],
    group: C,
  });
};

/** Convolutions, pooling and their gradients. Of f32: ONNX Runtime has no kernels for others. */
export const IMAGES: LoweringTable = {
  averagePool2d,
  averagePool2dGradient,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  maxPool2d,
  maxPool2dGradient,
};

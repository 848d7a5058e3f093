import type { Node, Tensor } from "@throughtime/core";
import type { Block } from "../plan/block.js";
import { shapeOf } from "../plan/kinds.js";
import type { Rules } from "../plan/rules.js";
import { reshapeView, rowMajor, sliceView, transposeView, type View } from "../plan/view.js";
import { forwardTaps, offsetsOf, type Planes, phasesOf, planeLength, planesSize } from "./geometry.js";
import { SLOPE_VECTORS, weightsStep } from "./weights-step.js";
import { type Part, windowsStep } from "./windows-step.js";

type Images = readonly [N: number, C: number, H: number, W: number];
type Kernel = readonly [O: number, C: number, P: number, Q: number];

/** y = conv2d(x, w). */
function conv2d(node: Node, block: Block): void {
  const [x, w] = node.inputs as readonly [Tensor, Tensor];
  const y = node.outputs[0] as Tensor;
  const windows = windowsOf(block, node, shapeOf(w) as Kernel, shapeOf(y) as Images);
  const to = block.place(y);
  pushConv(block, block.view(x), windows.planes, [
    { weights: matrix(block.contiguous(w)), offsets: windows.offsets, to },
  ]);
  block.settle(y, to);
}

/**
 * The gradient of conv2d by x: a convolution of dy with the kernel turned around, in as many parts as there are remainders of a place
 * by the stride, each with the kernel's places that meet it.
 */
function conv2dInputGradient(node: Node, block: Block): void {
  const { stride, padding } = node.params as { stride: number; padding: number };
  const [dy, w] = node.inputs as readonly [Tensor, Tensor];
  const dx = node.outputs[0] as Tensor;
  const [O, , P, Q] = shapeOf(w) as Kernel;
  const [, , H, W] = shapeOf(dx) as Images;
  const down = phasesOf(H, P, stride, padding);
  const across = phasesOf(W, Q, stride, padding);
  const planes: Planes = {
    stride: 1,
    top: down.before,
    left: across.before,
    rows: down.length,
    columns: across.length,
  };
  const kernel = transposeView(block.view(w), [1, 0, 2, 3]); // [C, O, P, Q]
  const to = block.place(dx);
  const parts = down.phases.flatMap((p) =>
    across.phases.map((q): Part => {
      const own = everyView(everyView(kernel, 2, p.phase, stride, p.taps.length), 3, q.phase, stride, q.taps.length);
      const weights = block.buffers.temporary(own.shape, "f32");
      block.copy(own, weights);
      return {
        weights: matrix(weights),
        offsets: offsets(block, offsetsOf(O, p.taps, q.taps, planes)),
        to: everyView(everyView(to, 2, p.start, stride, p.count), 3, q.start, stride, q.count),
      };
    }),
  );
  pushConv(block, block.view(dy), planes, parts);
  block.settle(dx, to);
}

/** The gradient of conv2d by w. */
function conv2dWeightGradient(node: Node, block: Block): void {
  const [x, dy] = node.inputs as readonly [Tensor, Tensor];
  const dw = node.outputs[0] as Tensor;
  const [O, C, P, Q] = shapeOf(dw) as Kernel;
  const [N, , rows, columns] = shapeOf(dy) as Images;
  const { planes, offsets } = windowsOf(block, node, [O, C, P, Q], shapeOf(dy) as Images);
  const { buffers } = block;
  const width = 4 * SLOPE_VECTORS;
  const filled = Math.ceil(O / width) * width;
  const whole = buffers.temporary([C * P * Q, filled], "f32");
  const to = sliceView(whole, 1, 0, O);
  const flat = [N, O, rows * columns];
  if (N === 0) block.copy(buffers.constant({ data: Float32Array.of(0), shape: [], dtype: "f32" }), whole);
  else {
    block.steps.push(
      weightsStep({
        from: block.view(x),
        slopes: reshapeView(block.view(dy), flat) ?? (reshapeView(block.contiguous(dy), flat) as View),
        windows: [rows, columns],
        planes,
        scratch: buffers.temporary([buffers.threads, planesSize(C, planes)], "f32"),
        panels: buffers.temporary([buffers.threads, filled * rows * columns], "f32"),
        offsets,
        to,
      }),
    );
  }
  const places = { ...to, shape: [C, P, Q, O], strides: [P * Q * filled, Q * filled, filled, 1] };
  const place = block.place(dw);
  block.copy(transposeView(places, [3, 0, 1, 2]), place);
  block.settle(dw, place);
}

/** What the windows of a convolution meet: [N, C, H, W] in planes, and where in them a window's places are. */
function windowsOf(block: Block, node: Node, [, C, P, Q]: Kernel, [, , rows, columns]: Images) {
  const { stride, padding } = node.params as { stride: number; padding: number };
  const planes: Planes = {
    ...{ stride, top: padding, left: padding },
    ...{ rows: planeLength(P, stride, rows), columns: planeLength(Q, stride, columns) },
  };
  return { planes, offsets: offsets(block, offsetsOf(C, forwardTaps(P, stride), forwardTaps(Q, stride), planes)) };
}

function pushConv(block: Block, from: View, planes: Planes, parts: readonly Part[]): void {
  const { buffers, steps } = block;
  const size = planesSize(from.shape[1] as number, planes);
  steps.push(windowsStep({ from, planes, scratch: buffers.temporary([buffers.threads, size], "f32"), parts }));
}

const offsets = ({ buffers }: Block, data: Int32Array): View =>
  buffers.constant({ data, shape: [data.length], dtype: "i32" });

/** A contiguous [M, …] as [M, K]. */
function matrix(view: View): View {
  const shape = [view.shape[0] as number, view.shape.slice(1).reduce((product, size) => product * size, 1)];
  return { ...view, shape, strides: rowMajor(shape) };
}

/** `count` of the elements along an axis: that at `start`, and every `step`th after it. */
const everyView = (view: View, axis: number, start: number, step: number, count: number): View => ({
  ...view,
  offset: view.offset + start * (view.strides[axis] as number),
  shape: view.shape.map((size, i) => (i === axis ? count : size)),
  strides: view.strides.map((stride, i) => (i === axis ? stride * step : stride)),
});

export const CONVOLUTION_RULES: Rules = { conv2d, conv2dInputGradient, conv2dWeightGradient };

import { type Dim, mulDim } from "../dim.js";
import { applyOp, type Op } from "../op.js";
import type { Tensor } from "../tensor.js";
import { add } from "./add.js";
import { concat } from "./concat.js";
import { constantOf } from "./fill.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** Windows over the last two axes of [N, C, H, W]: so large, so far apart, with so many places of padding on every side. */
export interface Windows {
  readonly height: number;
  readonly width: number;
  readonly stride: number;
  readonly padding: number;
}

type Images = readonly [Dim, Dim, number, number];

/** How many windows fit along an axis. */
export const windowCount = (size: number, window: number, { stride, padding }: Omit<Windows, "height" | "width">) =>
  Math.floor((size + 2 * padding - window) / stride) + 1;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Along one axis: how many windows there are, and how many strides all windows together reach over. */
function along(size: number, window: number, windows: Windows) {
  const count = windowCount(size, window, windows);
  return { count, strides: count - 1 + Math.ceil(window / windows.stride) };
}

/** x with so many elements along an axis, `before` new ones first: what is missing after it is `value`, what is too much goes. */
function fitted(x: Tensor, axis: number, before: number, length: number, value: number): Tensor {
  const size = x.shape[axis] as number;
  const rest = length - before - size;
  return pad(rest < 0 ? slice(x, { axis, end: size + rest }) : x, { axis, before, after: Math.max(rest, 0), value });
}

/**
 * What every window has at its place (p, q), for all p and q: height·width tensors [N, C, H', W'], (0, 0) first. Around x
 * is `value`.
 */
export function tapsOf(x: Tensor, windows: Windows, value = 0): Tensor[] {
  const { height, width, stride, padding } = windows;
  const [N, C, H, W] = x.shape as Images;
  const [rows, columns] = [along(H, height, windows), along(W, width, windows)];
  const tall = fitted(x, 2, padding, rows.strides * stride, value);
  const padded = fitted(tall, 3, padding, columns.strides * stride, value);
  // Places that are `stride` apart lie side by side in one of stride² phases.
  const grid = reshape(padded, [N, C, rows.strides, stride, columns.strides, stride]);
  const phase = (a: number, b: number) =>
    reshape(slice(slice(grid, { axis: 3, start: a, end: a + 1 }), { axis: 5, start: b, end: b + 1 }), [
      N,
      C,
      rows.strides,
      columns.strides,
    ]);
  const phases = range(Math.min(stride, height)).map((a) => range(Math.min(stride, width)).map((b) => phase(a, b)));
  return range(height).flatMap((p) =>
    range(width).map((q) => {
      const [i, j] = [Math.floor(p / stride), Math.floor(q / stride)];
      const whole = phases[p % stride]?.[q % stride] as Tensor;
      const band = slice(whole, { axis: 2, start: i, end: i + rows.count });
      return slice(band, { axis: 3, start: j, end: j + columns.count });
    }),
  );
}

/** The transpose of tapsOf: every place of [N, C, H, W] gets the sum of what the windows have there, 0 where there is none. */
export function sumOfTaps(taps: readonly Tensor[], windows: Windows, [H, W]: readonly [number, number]): Tensor {
  const { height, width, stride, padding } = windows;
  const first = taps[0] as Tensor;
  const [N, C] = first.shape as Images;
  const [rows, columns] = [along(H, height, windows), along(W, width, windows)];
  const placed = (p: number, q: number): Tensor => {
    const [i, j] = [Math.floor(p / stride), Math.floor(q / stride)];
    const tall = fitted(taps[p * width + q] as Tensor, 2, i, rows.strides, 0);
    return fitted(tall, 3, j, columns.strides, 0);
  };
  const shape = [N, C, rows.strides, 1, columns.strides, 1];
  const phase = (a: number, b: number): Tensor => {
    const own = range(height)
      .filter((p) => p % stride === a)
      .flatMap((p) =>
        range(width)
          .filter((q) => q % stride === b)
          .map((q) => placed(p, q)),
      );
    if (own.length === 0) return constantOf({ shape, dtype: first.dtype }, 0);
    return reshape(
      own.reduce((sum, part) => add(sum, part)),
      shape,
    );
  };
  const grid = concat(
    range(stride).map((a) =>
      concat(
        range(stride).map((b) => phase(a, b)),
        { axis: 5 },
      ),
    ),
    { axis: 3 },
  );
  const padded = reshape(grid, [N, C, rows.strides * stride, columns.strides * stride]);
  return inner(inner(padded, 2, padding, H), 3, padding, W);
}

/** `length` elements from `start` on along an axis; what lies behind the last one is 0. */
function inner(x: Tensor, axis: number, start: number, length: number): Tensor {
  const missing = Math.max(0, start + length - (x.shape[axis] as number));
  return slice(pad(x, { axis, after: missing }), { axis, start, end: start + length });
}

/** [B, N, …] as [B·N, …], so that a new axis is more examples. */
export const moreExamples = (x: Tensor): Tensor => {
  const [B, N, ...rest] = x.shape as readonly [Dim, Dim, ...Dim[]];
  return reshape(x, [mulDim(B, N), ...rest]);
};

/** For batching rules of ops that treat every example alike: those of all `inputs` that are `batched` in one. */
export function byExamples<P extends object>(
  op: Op<P>,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  params: P,
): Tensor[] {
  const [size, N] = (inputs[batched.indexOf(true)] as Tensor).shape as readonly [Dim, Dim];
  const all = inputs.map((x, i) => (batched[i] ? moreExamples(x) : x));
  return applyOp(op, all, params).map((y) => reshape(y, [size, N, ...y.shape.slice(1)]));
}

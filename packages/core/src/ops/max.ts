import type { NdArray } from "../ndarray.js";
import { apply, defineOp, type Op, type TensorLike, toTensor } from "../op.js";
import type { Tensor, Type } from "../tensor.js";
import { cast } from "./cast.js";
import { div } from "./div.js";
import { requireDtype } from "./elementwise.js";
import { equal } from "./equal.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import {
  type ReductionOptions,
  type ReductionParams,
  reduce,
  reducedShape,
  reductionParams,
  shifted,
  withKeptDims,
} from "./reduction.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

const SMALLEST_I32 = -(2 ** 31);

/**
 * y = max x over `axis`; keepDims leaves 1s in their place. f32, f64, i32. The maximum of nothing is −∞ (i32: −2³¹).
 * Equal maxima share the gradient.
 */
export const maxOp: Op<ReductionParams> = defineOp({
  name: "max",
  shape([x], params) {
    requireDtype("max", "numeric", [x as Type]);
    return { shape: reducedShape((x as Type).shape, params), dtype: (x as Type).dtype };
  },
  evaluate([x], params) {
    const none = (x as NdArray).dtype === "i32" ? SMALLEST_I32 : -Infinity;
    return reduce(x as NdArray, params, (values) => {
      let largest = none;
      for (const value of values) largest = Math.max(largest, value);
      return largest;
    });
  },
  vjp({ inputs, y, params }, dy) {
    const x = inputs[0] as Tensor;
    const hits = cast(equal(x, withKeptDims(y, x.shape, params)), x.dtype);
    const count = sum(hits, { axis: params.axis, keepDims: true });
    return [mul(hits, div(withKeptDims(dy, x.shape, params), count))];
  },
  batch: ([x], _, params) => [apply(maxOp, [x as Tensor], shifted(params))],
});

/**
 * y = max x over `axis` (default: all). x: any shape, f32, f64 or i32; y has x's dtype. NaN where x has one; −∞ over an
 * empty axis. Equal maxima share the gradient.
 * Throws ShapeError where an axis is out of range or named twice, DtypeError on bool.
 */
export function max(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("max", x);
  const params = reductionParams("max", tensor.shape.length, options);
  return params.axis.length === 0 ? tensor : apply(maxOp, [tensor], params);
}

/**
 * y = min x = −max(−x) over `axis` (default: all); shapes, dtypes and errors as `max`. +∞ over an empty axis (i32: 2³¹ − 1).
 * Of i32 it is ~max(~x), since −2³¹ has no negative.
 */
export function min(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("min", x);
  const params = reductionParams("min", tensor.shape.length, options);
  const flipped = (value: Tensor): Tensor => (value.dtype === "i32" ? sub(-1, value) : neg(value));
  return flipped(max(flipped(tensor), params));
}

import { type Shape, sameDim, sameShape } from "../dim.js";
import type { NdArray } from "../ndarray.js";
import { apply, defineOp, type Op, type TensorLike, toTensor } from "../op.js";
import type { Tensor, Type } from "../tensor.js";
import { broadcast } from "./broadcast.js";
import { requireDtype } from "./elementwise.js";
import {
  type ReductionOptions,
  type ReductionParams,
  reduce,
  reducedShape,
  reductionParams,
  shifted,
  withKeptDims,
} from "./reduction.js";
import { reshape } from "./reshape.js";

/** y = Σ x over `axis`; keepDims leaves 1s in their place. f32, f64, i32. The sum of nothing is 0. */
export const sumOp: Op<ReductionParams> = defineOp({
  name: "sum",
  shape([x], params) {
    requireDtype("sum", "numeric", [x as Type]);
    return { shape: reducedShape((x as Type).shape, params), dtype: (x as Type).dtype };
  },
  evaluate: ([x], params) =>
    reduce(x as NdArray, params, (values) => {
      let total = 0;
      for (const value of values) total += value;
      return total;
    }),
  vjp({ inputs, params }, dy) {
    const { shape } = inputs[0] as Tensor;
    return [broadcast(withKeptDims(dy, shape, params), shape)];
  },
  batch: ([x], _, params) => [apply(sumOp, [x as Tensor], shifted(params))],
  sumBatch([x], _, params) {
    const all = apply(sumOp, [x as Tensor], { axis: [0, ...shifted(params).axis], keepDims: false });
    return params.keepDims ? withKeptDims(all, (x as Tensor).shape.slice(1), params) : all;
  },
});

/**
 * y = Σ x over `axis` (default: all). x: any shape, f32, f64 or i32; y has x's dtype. The sum over an empty axis is 0.
 * Throws ShapeError where an axis is out of range or named twice, DtypeError on bool.
 */
export function sum(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("sum", x);
  const params = reductionParams("sum", tensor.shape.length, options);
  return params.axis.length === 0 ? tensor : apply(sumOp, [tensor], params);
}

/** Sums x over the axes along which `shape` was broadcast to x's shape: the adjoint of broadcast. x itself if equal. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  toTensor("sumTo", x);
  if (sameShape(x.shape, shape)) return x;
  const missing = x.shape.length - shape.length;
  const axes = x.shape.flatMap((d, axis) => (axis < missing || !sameDim(d, shape[axis - missing] ?? 1) ? [axis] : []));
  return reshape(sum(x, { axis: axes, keepDims: missing === 0 }), shape);
}

import { type Dim, elementCount } from "../dim.js";
import { type TensorLike, toTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { div } from "./div.js";
import { type ReductionOptions, reductionParams } from "./reduction.js";
import { sizeOfDim } from "./size.js";
import { sum } from "./sum.js";

/**
 * y = (Σ x) / n over `axis` (default: all), n the number of elements along them; they may be named sizes. x: any shape,
 * f32, f64, or i32 (towards zero); y has x's dtype. The mean over an empty axis is NaN.
 * Throws ShapeError where an axis is out of range or named twice, DtypeError on bool.
 */
export function mean(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("mean", x);
  const { axis } = reductionParams("mean", tensor.shape.length, options);
  const count = elementCount(axis.map((i) => tensor.shape[i] as Dim));
  return div(sum(tensor, options), sizeOfDim(count, tensor.dtype));
}

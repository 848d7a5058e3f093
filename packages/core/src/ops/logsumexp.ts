import { type TensorLike, toTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { add } from "./add.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { type ReductionOptions, reducedShape, reductionParams } from "./reduction.js";
import { reshape } from "./reshape.js";
import { stopGradient } from "./stop-gradient.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/**
 * y = ln Σ e^x over `axis` (default: all), as m + ln Σ e^(x − m) with m = max x, so that nothing overflows. x: any shape,
 * f32 or f64. Throws ShapeError where an axis is out of range or named twice, DtypeError where x is not float.
 */
export function logsumexp(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("logsumexp", x);
  const params = reductionParams("logsumexp", tensor.shape.length, options);
  const m = stopGradient(max(tensor, { axis: params.axis, keepDims: true }));
  const y = add(log(sum(exp(sub(tensor, m)), { axis: params.axis, keepDims: true })), m);
  return reshape(y, reducedShape(tensor.shape, params));
}

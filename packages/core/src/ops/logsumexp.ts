import { requireFloat, type TensorLike, toTensor } from "../op.js";
import type { Tensor } from "../tensor.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { equal } from "./equal.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { type ReductionOptions, reducedShape, reductionParams } from "./reduction.js";
import { reshape } from "./reshape.js";
import { select } from "./select.js";
import { stopGradient } from "./stop-gradient.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/**
 * y = ln Σ e^x over `axis` (default: all), as m + ln Σ e^(x − m) with m = max x, so that nothing overflows. x: any shape,
 * f32 or f64. Of −∞ alone, and of nothing, it is −∞, and its gradient 0; where +∞ is among x, it is +∞, and the gradient there is NaN.
 * Throws ShapeError where an axis is out of range or named twice, DtypeError where x is not float.
 */
export function logsumexp(x: TensorLike, options: ReductionOptions = {}): Tensor {
  const tensor = toTensor("logsumexp", x);
  requireFloat("logsumexp", [tensor]);
  const params = reductionParams("logsumexp", tensor.shape.length, options);
  const over = { axis: params.axis, keepDims: true };
  const largest = stopGradient(max(tensor, over));
  // ∞ − ∞ is NaN.
  const m = select(equal(abs(largest), Number.POSITIVE_INFINITY), 0, largest);
  const total = sum(exp(sub(tensor, m)), over);
  const none = equal(total, 0);
  const y = select(none, Number.NEGATIVE_INFINITY, add(log(select(none, 1, total)), m));
  return reshape(y, reducedShape(tensor.shape, params));
}

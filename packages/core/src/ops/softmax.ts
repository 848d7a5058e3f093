import { defineComposite } from "../composite.js";
import { type AxisOption, apply, normalizeAxis, requireFloat, type TensorLike, toTensor } from "../op.js";
import { optionsOf } from "../require.js";
import type { Tensor } from "../tensor.js";
import { div } from "./div.js";
import { exp } from "./exp.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import { stopGradient } from "./stop-gradient.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

export interface SoftmaxParams {
  /** Not negative. */
  readonly axis: number;
}

/** y = e^x / Σ e^x along `axis`. f32, f64. */
export const softmaxOp = defineComposite<SoftmaxParams>({
  name: "softmax",
  lower([x], { axis }) {
    requireFloat("softmax", [x as Tensor]);
    const over = { axis, keepDims: true };
    // The maximum drops out of the quotient; without it e^x overflows.
    const e = exp(sub(x as Tensor, stopGradient(max(x as Tensor, over))));
    return [div(e, sum(e, over))];
  },
  vjp: ({ y, params: { axis } }, dy) => [mul(y, sub(dy, sum(mul(dy, y), { axis: axis, keepDims: true })))],
});

/**
 * y = e^x / Σ e^x along `axis` (default: the last), without overflow. x: rank 1 or more, f32 or f64; y: the same.
 * Throws ShapeError where the axis is out of range, DtypeError where x is not float.
 */
export function softmax(x: TensorLike, options: AxisOption = {}): Tensor {
  const { axis = -1 } = optionsOf("softmax", options, "axis");
  const tensor = toTensor("softmax", x);
  return apply(softmaxOp, [tensor], { axis: normalizeAxis("softmax", axis, tensor.shape.length) });
}

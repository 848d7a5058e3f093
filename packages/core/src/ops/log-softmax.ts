import { defineComposite } from "../composite.js";
import { type AxisOption, apply, normalizeAxis, requireFloat, type TensorLike, toTensor } from "../op.js";
import { optionsOf } from "../require.js";
import type { Tensor } from "../tensor.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import type { SoftmaxParams } from "./softmax.js";
import { stopGradient } from "./stop-gradient.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/** y = x − ln Σ e^x along `axis`. f32, f64. */
export const logSoftmaxOp = defineComposite<SoftmaxParams>({
  name: "logSoftmax",
  lower([x], { axis }) {
    requireFloat("logSoftmax", [x as Tensor]);
    const over = { axis, keepDims: true };
    // Near the maximum m, x − m keeps digits that m + ln Σ e^(x − m) would round away.
    const shifted = sub(x as Tensor, stopGradient(max(x as Tensor, over)));
    return [sub(shifted, log(sum(exp(shifted), over)))];
  },
  vjp: ({ y, params: { axis } }, dy) => [sub(dy, mul(exp(y), sum(dy, { axis: axis, keepDims: true })))],
});

/**
 * y = ln softmax(x) = x − ln Σ e^x along `axis` (default: the last), without overflow. x: rank 1 or more, f32 or f64; y:
 * the same. Throws ShapeError where the axis is out of range, DtypeError where x is not float.
 */
export function logSoftmax(x: TensorLike, options: AxisOption = {}): Tensor {
  const { axis = -1 } = optionsOf("logSoftmax", options, "axis");
  const tensor = toTensor("logSoftmax", x);
  return apply(logSoftmaxOp, [tensor], { axis: normalizeAxis("logSoftmax", axis, tensor.shape.length) });
}

import { defineComposite } from "../composite.js";
import { type Dim, sameShape, shapeText } from "../dim.js";
import { DtypeError, ShapeError } from "../errors.js";
import { apply, requireFloat, type TensorLike, toTensor } from "../op.js";
import { type Tensor, typeText } from "../tensor.js";
import { cast } from "./cast.js";
import { exp } from "./exp.js";
import { indexTensor } from "./gather.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import { hotRows } from "./one-hot.js";
import { requireIndices } from "./require-indices.js";
import { expandDims } from "./reshape.js";
import { select } from "./select.js";
import { softmax } from "./softmax.js";
import { stopGradient } from "./stop-gradient.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/**
 * loss = ln Σ e^logits − logits[target] over the last axis, per position: logits […, V], targets i32 […] → […]. f32,
 * f64. Targets are in [0, V): `crossEntropy` has them checked.
 */
export const crossEntropyOp = defineComposite<object>({
  name: "crossEntropy",
  lower(inputs) {
    const [logits, targets] = inputs as readonly [Tensor, Tensor];
    check(logits, targets);
    const hit = hotRows(targets, logits.shape.at(-1) as Dim);
    const shifted = sub(logits, stopGradient(max(logits, { axis: -1, keepDims: true })));
    return [sub(log(sum(exp(shifted), { axis: -1 })), sum(select(hit, shifted, 0), { axis: -1 }))];
  },
  vjp({ inputs }, dy) {
    const [logits, targets] = inputs as readonly [Tensor, Tensor];
    const expected = cast(hotRows(targets, logits.shape.at(-1) as Dim), logits.dtype);
    return [mul(sub(softmax(logits), expected), expandDims(dy, { axis: -1 })), null];
  },
});

/**
 * −ln softmax(logits)[target] = ln Σ e^logits − logits[target], for every position; take the mean or a masked sum for a
 * loss. logits: […, V], f32 or f64; targets: i32 […], each in [0, V); the result: […]. There is no
 * target that is ignored: where positions do not count, give them any class and select their results away,
 * `select(counts, crossEntropy(logits, select(counts, targets, 0)), 0)`.
 * Throws ShapeError where targets are not the logits' shape without V, DtypeError where targets are not i32, and DataError
 * on evaluation where a target is out of range.
 */
export function crossEntropy(logits: TensorLike, targets: TensorLike): Tensor {
  const [scores, ids] = [toTensor("crossEntropy", logits), indexTensor("crossEntropy", targets)];
  check(scores, ids);
  const classes = requireIndices(ids, scores.shape.at(-1) as Dim, { op: "crossEntropy", noun: "target" });
  return apply(crossEntropyOp, [scores, classes], {});
}

function check(logits: Tensor, targets: Tensor): void {
  requireFloat("crossEntropy", [logits]);
  if (targets.dtype !== "i32") {
    throw new DtypeError(
      `crossEntropy: targets are ${typeText(targets)}; expected i32 ids. Use cast(targets, "i32").`,
      { received: targets.dtype },
    );
  }
  if (logits.shape.length === 0 || !sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw new ShapeError(
      `crossEntropy: logits ${typeText(logits)} and targets ${typeText(targets)}; expected logits […, V] and targets […], here ${shapeText(logits.shape.slice(0, -1))}. The last axis of logits is the classes.`,
      { logits: logits.shape, targets: targets.shape },
    );
  }
}

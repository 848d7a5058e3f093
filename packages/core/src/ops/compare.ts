import { broadcastShapes, requireSameDtype, type TensorLike, toTensors } from "../op.js";
import type { Tensor } from "../tensor.js";
import { equal } from "./equal.js";
import { less } from "./less.js";
import { lessEqual } from "./less-equal.js";
import { not } from "./not.js";

// Each is written with another operation. What is wrong with its operands is said with its own name, in its own order.

/** y = (a > b), elementwise with broadcasting; shapes, dtypes and errors as `less`. */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operandsOf("greater", a, b);
  return less(right, left);
}

/** y = (a ≥ b), elementwise with broadcasting; shapes, dtypes and errors as `lessEqual`. */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operandsOf("greaterEqual", a, b);
  return lessEqual(right, left);
}

/** y = (a ≠ b), elementwise with broadcasting; shapes, dtypes and errors as `equal`. */
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => not(equal(...operandsOf("notEqual", a, b)));

function operandsOf(op: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  const operands = toTensors(op, [a, b]) as readonly [Tensor, Tensor];
  requireSameDtype(op, operands);
  broadcastShapes(
    op,
    operands.map(({ shape }) => shape),
  );
  return operands;
}

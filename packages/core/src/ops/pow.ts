import type { Tensor } from "../tensor.js";
import { binary } from "./elementwise.js";
import { equal } from "./equal.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { select } from "./select.js";
import { sub } from "./sub.js";

/**
 * y = a^b, elementwise with NumPy's broadcasting; f32 or f64, both of one dtype. NaN where a < 0 and b is no integer.
 * ∂y/∂a = b·a^(b−1), 0 where b = 0; ∂y/∂b = y·ln a, 0 where a = 0.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are not float.
 */
export const pow = binary({
  name: "pow",
  accepts: "float",
  f: (a, b) => a ** b,
  vjp: (dy, a, b, y) => [mul(dy, mul(b, pow(a, oneWhereZero(b, sub(b, 1))))), mul(dy, mul(y, log(oneWhereZero(a, a))))],
});

export const powOp = pow.op;

/** Keeps 0·∞ out of the gradient. */
const oneWhereZero = (x: Tensor, otherwise: Tensor): Tensor => select(equal(x, 0), 1, otherwise);

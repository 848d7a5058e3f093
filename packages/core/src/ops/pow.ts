import type { Tensor } from "../tensor.js";
import { binary } from "./elementwise.js";
import { equal } from "./equal.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { select } from "./select.js";
import { sub } from "./sub.js";

/**
 * y = a^b, elementwise with NumPy's broadcasting; f32 or f64, both of one dtype. NaN where a < 0 and b is no integer;
 * as in IEEE 754, and unlike Math.pow, 1^NaN and (±1)^±∞ are 1.
 * ∂y/∂a = b·a^(b−1), 0 where b = 0; ∂y/∂b = y·ln a, 0 where a = 0.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are not float.
 */
export const pow = binary({
  name: "pow",
  accepts: "float",
  f: power,
  vjp: (dy, a, b, y) => [mul(dy, mul(b, pow(a, oneWhereZero(b, sub(b, 1))))), mul(dy, mul(y, log(oneWhereZero(a, a))))],
});

export const powOp = pow.op;

function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/** Keeps 0·∞ out of the gradient. */
const oneWhereZero = (x: Tensor, otherwise: Tensor): Tensor => select(equal(x, 0), 1, otherwise);

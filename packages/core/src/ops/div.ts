import { binary } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

/**
 * y = a / b, elementwise with NumPy's broadcasting; f32, f64 or i32, both of one dtype. i32 rounds towards zero, and
 * there a divisor of 0 has no defined result.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const div = binary({
  name: "div",
  f: (a, b) => a / b,
  i32: (a, b) => Math.trunc(a / b),
  vjp: (dy, _, b, y) => [div(dy, b), neg(mul(dy, div(y, b)))],
});

export const divOp = div.op;

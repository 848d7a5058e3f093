import { binary } from "./elementwise.js";
import { less } from "./less.js";
import { select } from "./select.js";

/**
 * y = max(a, b), elementwise with NumPy's broadcasting; f32, f64 or i32, both of one dtype. NaN where either is. On
 * ties the gradient goes to b, so maximum(x, 0) has none at 0.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const maximum = binary({
  name: "maximum",
  f: Math.max,
  vjp(dy, a, b) {
    const takesA = less(b, a);
    return [select(takesA, dy, 0), select(takesA, 0, dy)];
  },
});

export const maximumOp = maximum.op;

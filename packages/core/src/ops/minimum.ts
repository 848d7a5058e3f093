import { binary } from "./elementwise.js";
import { less } from "./less.js";
import { select } from "./select.js";

/**
 * y = min(a, b), elementwise with NumPy's broadcasting; f32, f64 or i32, both of one dtype. NaN where either is. On
 * ties the gradient goes to b.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const minimum = binary({
  name: "minimum",
  f: Math.min,
  vjp(dy, a, b) {
    const takesA = less(a, b);
    return [select(takesA, dy, 0), select(takesA, 0, dy)];
  },
});

export const minimumOp = minimum.op;

import { binary } from "./elementwise.js";
import { neg } from "./neg.js";

/**
 * y = a − b, elementwise with NumPy's broadcasting; f32, f64 or i32 (wraps), both of one dtype.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const sub = binary({
  name: "sub",
  f: (a, b) => a - b,
  vjp: (dy) => [dy, neg(dy)],
});

export const subOp = sub.op;

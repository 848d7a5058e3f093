import { binary } from "./elementwise.js";

/**
 * y = (a < b), elementwise with NumPy's broadcasting; f32, f64 or i32, both the same; y is bool.
 * Throws ShapeError where shapes do not broadcast, DtypeError where dtypes differ or are bool.
 */
export const less = binary({
  name: "less",
  result: "bool",
  f: (a, b) => (a < b ? 1 : 0),
});

export const lessOp = less.op;

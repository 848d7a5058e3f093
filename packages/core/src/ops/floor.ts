import { unary } from "./elementwise.js";

/** y = ⌊x⌋, elementwise; f32 or f64. No gradient. Throws DtypeError on other dtypes. */
export const floor = unary({
  name: "floor",
  doc: "y = ⌊x⌋, elementwise. f32, f64. No gradient flows.",
  f: Math.floor,
});

export const floorOp = floor.op;

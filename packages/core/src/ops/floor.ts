import { unary } from "./elementwise.js";

/** y = ⌊x⌋, elementwise; f32 or f64. No gradient. Throws DtypeError on other dtypes. */
export const floor = unary({
  name: "floor",
  f: Math.floor,
});

export const floorOp = floor.op;

import { type Dim, dim } from "./dim.js";
import type { DType } from "./dtype.js";
import { requireDType, requireList, requireShape } from "./require.js";
import type { Type } from "./tensor.js";

/**
 * A type whose sizes may be named: `type(["T", "B"], "i32")`. dtype defaults to f32. Throws ShapeError where a size is not
 * 0, 1, 2 … or a name, DtypeError where the dtype is none.
 */
export function type(shape: readonly (Dim | string)[], dtype: DType = "f32"): Type {
  requireList("type: the shape", shape);
  const result = { shape: shape.map((d) => (typeof d === "string" ? dim(d) : d)), dtype };
  requireTypes("type", [result]);
  return result;
}

/** Types that something can have. Throws ShapeError or DtypeError. */
export function requireTypes(place: string, types: readonly Type[]): readonly Type[] {
  for (const { shape, dtype } of types) {
    requireShape(place, shape);
    requireDType(place, dtype);
  }
  return types;
}

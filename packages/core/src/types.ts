import { type Dim, dim } from "./dim.js";
import type { DType } from "./dtype.js";
import type { Type } from "./tensor.js";

/** A type whose sizes may be named: `type(["T", "B"], "i32")`. dtype defaults to f32. */
export const type = (shape: readonly (Dim | string)[], dtype: DType = "f32"): Type => ({
  shape: shape.map((d) => (typeof d === "string" ? dim(d) : d)),
  dtype,
});

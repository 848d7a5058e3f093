import type { Dim } from "../dim.js";
import type { DType } from "../dtype.js";
import { scalar } from "../ndarray.js";
import { apply, constant, defineOp } from "../op.js";
import type { Tensor } from "../tensor.js";
import { broadcast } from "./broadcast.js";

export interface SizeParams {
  readonly value: Dim;
  readonly dtype: DType;
}

/** y = a dimension as a scalar number. f32, f64, i32. */
export const sizeOp = defineOp<SizeParams>({
  name: "size",
  shape: (_, { dtype }) => ({ shape: [], dtype }),
  evaluate: (_, { value, dtype }) => scalar(value as number, dtype),
  vjp: () => [],
  batch: (_, __, { value, dtype }, size) => [broadcast(sizeOfDim(value, dtype), [size])],
});

/** A dimension as a scalar tensor: a constant where it is a number, else what the named sizes turn out to be. */
export const sizeOfDim = (value: Dim, dtype: DType): Tensor =>
  typeof value === "number" ? constant(scalar(value, dtype)) : apply(sizeOp, [], { value, dtype });

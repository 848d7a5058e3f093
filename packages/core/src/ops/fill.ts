import type { Shape } from "../dim.js";
import type { DType } from "../dtype.js";
import { scalar } from "../ndarray.js";
import { constant } from "../op.js";
import type { Tensor, Type } from "../tensor.js";
import { broadcast } from "./broadcast.js";

/** A tensor of one value: a scalar constant, broadcast. The shape may have named sizes; bool takes 0 and 1. */
export const constantOf = (type: Type, value: number): Tensor =>
  broadcast(constant(scalar(value, type?.dtype)), type?.shape);

/** A tensor of one value; f32 by default. */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Tensor => constantOf({ shape, dtype }, value);

/** A tensor of zeros; f32 by default. */
export const zeros = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 0, dtype);

/** A tensor of ones; f32 by default. */
export const ones = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 1, dtype);

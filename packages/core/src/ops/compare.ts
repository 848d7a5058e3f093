import type { TensorLike } from "../op.js";
import type { Tensor } from "../tensor.js";
import { equal } from "./equal.js";
import { less } from "./less.js";
import { lessEqual } from "./less-equal.js";
import { not } from "./not.js";

/** y = (a > b), elementwise with broadcasting; shapes, dtypes and errors as `less`. */
export const greater = (a: TensorLike, b: TensorLike): Tensor => less(b, a);

/** y = (a ≥ b), elementwise with broadcasting; shapes, dtypes and errors as `lessEqual`. */
export const greaterEqual = (a: TensorLike, b: TensorLike): Tensor => lessEqual(b, a);

/** y = (a ≠ b), elementwise with broadcasting; shapes, dtypes and errors as `equal`. */
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => not(equal(a, b));

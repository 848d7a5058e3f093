import type { TensorLike } from "../op.js";
import type { Tensor } from "../tensor.js";
import { maximum } from "./maximum.js";

/** y = max(x, 0), elementwise; f32, f64 or i32. The gradient at 0 is 0. Throws DtypeError on bool. */
export const relu = (x: TensorLike): Tensor => maximum(x, 0);

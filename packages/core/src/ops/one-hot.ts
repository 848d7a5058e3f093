import type { Dim } from "../dim.js";
import type { DType } from "../dtype.js";
import type { TensorLike } from "../op.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { equal } from "./equal.js";
import { indexTensor } from "./gather.js";
import { iota } from "./iota.js";
import { expandDims } from "./reshape.js";

/**
 * y[i…, v] = 1 where indices[i…] = v, else 0. indices: i32 [I…]; y: [I…, depth], f32 by default. An index outside
 * [0, depth) gives a row of zeros. Throws DtypeError where indices are not i32.
 */
export const oneHot = (indices: TensorLike, depth: Dim, dtype: DType = "f32"): Tensor =>
  cast(equal(expandDims(indexTensor("oneHot", indices, 1), { axis: -1 }), iota(depth)), dtype);

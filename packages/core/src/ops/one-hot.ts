import type { Dim } from "../dim.js";
import type { DType } from "../dtype.js";
import type { TensorLike } from "../op.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { equal } from "./equal.js";
import { indexTensor } from "./gather.js";
import { iota } from "./iota.js";
import { requireIndices } from "./require-indices.js";
import { expandDims } from "./reshape.js";

/**
 * y[i…, v] = 1 where indices[i…] = v, else 0. indices: i32 [I…], each in [0, depth); y: [I…, depth], f32 by default.
 * Throws DtypeError where indices are not i32, and DataError on evaluation where one is out of range. For rows of zeros
 * in that case write `cast(equal(expandDims(indices, { axis: -1 }), iota(depth)), "f32")`.
 */
export const oneHot = (indices: TensorLike, depth: Dim, dtype: DType = "f32"): Tensor =>
  cast(hotRows(requireIndices(indexTensor("oneHot", indices, 1), depth, { op: "oneHot" }), depth), dtype);

/** Whether indices[i…] = v: bool [I…, depth]. */
export const hotRows = (indices: Tensor, depth: Dim): Tensor => equal(expandDims(indices, { axis: -1 }), iota(depth));

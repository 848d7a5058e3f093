import { type Dim, expandDims, iota, less, reshape, select, type Tensor } from "@throughtime/core";

/** Far below every score, so that e^x is exactly 0 beside one that counts, and finite, so that no NaN comes of it. */
const NEVER = -1e30;

/** What is added to scores: 0 where an entry belongs to its sequence, else NEVER. lengths: i32 [B] → f32 [B, S]. */
export const maskBias = (lengths: Tensor, S: Dim): Tensor =>
  select(less(reshape(iota(S), [1, S]), expandDims(lengths, { axis: 1 })), 0, NEVER);

import { addDim, type Dim, expandDims, iota, less, requireIndices, reshape, type Tensor } from "@throughtime/core";

/** Whether entry s belongs to sequence b. lengths: i32 [B], each in [0, S] → bool [S, B]. */
export function liveEntries(S: Dim, lengths: Tensor): Tensor {
  const checked = requireIndices(lengths, addDim(S, 1), { op: "attention", noun: "length" });
  return less(reshape(iota(S), [S, 1]), expandDims(checked, { axis: 0 }));
}

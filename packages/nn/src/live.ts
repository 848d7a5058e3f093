import { addDim, type Dim, expandDims, iota, less, requireIndices, reshape, type Tensor } from "@throughtime/core";

/** Lengths of sequences of at most T entries, of operation `op`. Evaluation throws DataError where one is not in [0, T]. */
export const checkedLengths = (op: string, T: Dim, lengths: Tensor): Tensor =>
  requireIndices(lengths, addDim(T, 1), { op, noun: "length" });

/** Whether entry t belongs to sequence b. lengths: i32 [B], each in [0, T], of operation `op` → bool [T, B]. */
export const liveEntries = (op: string, T: Dim, lengths: Tensor): Tensor =>
  less(reshape(iota(T), [T, 1]), expandDims(checkedLengths(op, T, lengths), { axis: 0 }));

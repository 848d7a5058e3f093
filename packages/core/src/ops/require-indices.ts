import { type Dim, sameDim } from "../dim.js";
import { DataError } from "../errors.js";
import { apply, toTensor } from "../op.js";
import { isTensor, type Tensor } from "../tensor.js";
import { gatherOp } from "./gather.js";
import { iota, iotaOp } from "./iota.js";

/** What indices are to an op, for its error: `{ op: "crossEntropy", noun: "target" }`. */
export interface IndexRole {
  readonly op: string;
  /** Default "index". */
  readonly noun?: string;
}

/**
 * y = indices, each of which must be in [0, size): else evaluation throws the DataError of `role`. It is a look-up in
 * 0 … size − 1, so that every backend checks it as it checks `gather`. indices: i32, any shape.
 */
export function requireIndices(indices: Tensor, size: Dim, role: IndexRole): Tensor {
  toTensor(role?.op ?? "requireIndices", indices);
  return isRequired(indices) && sameDim(tableOf(indices).shape[0] as Dim, size)
    ? indices
    : apply(gatherOp, [iota(size), indices], { role });
}

const tableOf = ({ node }: Tensor): Tensor => node.inputs[0] as Tensor;

/** Whether a tensor is what `requireIndices` made: its indices, looked up in 0 … size − 1. */
export const isRequired = (y: Tensor): boolean =>
  isTensor(y) && (y.node.op as unknown) === gatherOp && (tableOf(y).node.op as unknown) === iotaOp;

/** Throws the DataError that names the op, the index and the range, where one of them is not in [0, size). */
export function requireInRange({ op, noun = "index" }: IndexRole, indices: ArrayLike<number>, size: number): void {
  if (size === 0 && indices.length > 0) {
    throw new DataError(`${op}: there is nothing to look up in, its size is 0.`, { op, size });
  }
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index >= 0 && index < size && Number.isInteger(index)) continue;
    const advice = noun === "length" ? "A length counts steps." : "Check the ids against the vocabulary's size.";
    throw new DataError(`${op}: ${noun} ${index} is out of range; expected 0 … ${size - 1}. ${advice}`, {
      op,
      index,
      size,
    });
  }
}

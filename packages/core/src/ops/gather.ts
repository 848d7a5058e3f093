import { type Dim, mulDim } from "../dim.js";
import { DtypeError, ShapeError } from "../errors.js";
import { type NdArray, sizeOf, zerosArray } from "../ndarray.js";
import { apply, defineOp, type Op, type TensorLike, tensorAt, toTensor } from "../op.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { add } from "./add.js";
import { constantOf } from "./fill.js";
import { iota } from "./iota.js";
import { mul } from "./mul.js";
import { type IndexRole, requireIndices, requireInRange } from "./require-indices.js";
import { reshape } from "./reshape.js";
import { scatterAdd } from "./scatter-add.js";
import { sizeOfDim } from "./size.js";

export interface GatherParams {
  /** What the indices are, for the error where one is out of range. Default: gather's. */
  readonly role?: IndexRole;
}

export const GATHER: IndexRole = { op: "gather" };

/** y[i…] = x[indices[i…]]: x [V, …s], indices i32 [I…] → y [I…, …s]. Any dtype. Indices are in [0, V). */
export const gatherOp: Op<GatherParams> = defineOp<GatherParams>({
  name: "gather",
  shape(inputs, { role = GATHER }) {
    const [x, indices] = inputs as readonly [Type, Type];
    requireTable(role.op, x, indices);
    return { shape: [...indices.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  evaluate(inputs, { role = GATHER }) {
    const [x, indices] = inputs as readonly [NdArray, NdArray];
    requireInRange(role, indices.data, x.shape[0] as number);
    const inner = x.shape.slice(1);
    const size = sizeOf(inner);
    const y = zerosArray([...indices.shape, ...inner], x.dtype);
    indices.data.forEach((index, i) => {
      y.data.set(x.data.subarray(index * size, (index + 1) * size), i * size);
    });
    return y;
  },
  vjp({ inputs }, dy) {
    const [x, indices] = inputs as readonly [Tensor, Tensor];
    return [scatterAdd(constantOf(x, 0), indices, dy), null];
  },
  batch(inputs, [onX, onIndices], params, size) {
    const [x, indices] = inputs as readonly [Tensor, Tensor];
    if (!onX) return [apply(gatherOp, [x, indices], params)];
    const offset = offsetIndices(indices, onIndices as boolean, size, x.shape[1] as Dim, params.role ?? GATHER);
    return [gather(stackRows(x), offset)];
  },
});

/**
 * y[i…] = x[indices[i…]]: rows of a table. x: [V, …s], any dtype; indices: i32 [I…], each in [0, V); y: [I…, …s].
 * Throws ShapeError where x is a scalar, DtypeError where indices are not i32, and DataError on evaluation where an index
 * is out of range.
 */
export const gather = (x: TensorLike, indices: TensorLike): Tensor =>
  apply(gatherOp, [toTensor("gather", x), indexTensor("gather", indices)], {});

/** A number beside a table of floats is an index all the same. */
export const indexTensor = (op: string, indices: TensorLike, position = 2): Tensor =>
  typeof indices === "number"
    ? constantOf({ shape: [], dtype: "i32" }, indices)
    : tensorAt(`${op}: argument ${position}`, indices);

/** [N, V, …s] → [N·V, …s]: N tables as one. */
export function stackRows(x: Tensor): Tensor {
  const [n, v, ...inner] = x.shape as readonly [Dim, Dim, ...Dim[]];
  return reshape(x, [mulDim(n, v), ...inner]);
}

/** Indices into N stacked tables of V rows: [N, I…]. One that is not in its own table must not find a row of the next. */
export function offsetIndices(indices: Tensor, batched: boolean, n: Dim, v: Dim, role: IndexRole): Tensor {
  const rank = indices.shape.length - (batched ? 1 : 0);
  const offsets = reshape(mul(iota(n), sizeOfDim(v, "i32")), [n, ...Array<Dim>(rank).fill(1)]);
  return add(requireIndices(indices, v, role), offsets);
}

export function requireTable(op: string, x: Type, indices: Type): void {
  if (x.shape.length === 0) {
    throw new ShapeError(`${op}: x is the scalar ${typeText(x)}; expected a table [V, …] to index along axis 0.`, {
      op,
    });
  }
  if (indices.dtype !== "i32") {
    throw new DtypeError(`${op}: indices are ${typeText(indices)}; expected i32. Use cast(indices, "i32").`, {
      op,
      received: indices.dtype,
    });
  }
}

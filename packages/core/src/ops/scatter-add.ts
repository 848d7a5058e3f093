import { type Dim, sameShape, shapeText } from "../dim.js";
import { allocate } from "../dtype.js";
import { ShapeError } from "../errors.js";
import { type NdArray, sizeOf } from "../ndarray.js";
import { apply, constantOp, defineOp, requireSameDtype, type TensorLike, toTensors } from "../op.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { broadcast } from "./broadcast.js";
import { requireDtype } from "./elementwise.js";
import { constantOf } from "./fill.js";
import { gather, indexTensor, offsetIndices, requireTable, stackRows } from "./gather.js";
import { type IndexRole, requireInRange } from "./require-indices.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";

export const SCATTER_ADD: IndexRole = { op: "scatterAdd" };

/**
 * y = x, and y[indices[i…]] += updates[i…] for every i: x [V, …s], indices i32 [I…], updates [I…, …s]. f32, f64, i32.
 * The adjoint of gather.
 */
export const scatterAddOp = defineOp<object>({
  name: "scatterAdd",
  shape(inputs) {
    const [x, indices, updates] = inputs as readonly [Type, Type, Type];
    requireTable("scatterAdd", x, indices);
    requireSameDtype("scatterAdd", [x, updates]);
    requireDtype("scatterAdd", "numeric", [x]);
    const expected = [...indices.shape, ...x.shape.slice(1)];
    if (!sameShape(updates.shape, expected)) {
      throw new ShapeError(
        `scatterAdd: updates are ${typeText(updates)}; x ${typeText(x)} at indices ${typeText(indices)} takes ${shapeText(expected)}.`,
        {
          op: "scatterAdd",
          expected,
          received: updates.shape,
        },
      );
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  evaluate(inputs) {
    const [x, indices, updates] = inputs as readonly [NdArray, NdArray, NdArray];
    const size = sizeOf(x.shape.slice(1));
    const total = Float64Array.from(x.data);
    requireInRange(SCATTER_ADD, indices.data, x.shape[0] as number);
    indices.data.forEach((index, i) => {
      for (let j = 0; j < size; j++) {
        total[index * size + j] = (total[index * size + j] as number) + (updates.data[i * size + j] as number);
      }
    });
    const data = allocate(x.dtype, total.length);
    data.set(total);
    return { data, shape: x.shape, dtype: x.dtype };
  },
  vjp: ({ inputs }, dy) => [dy, null, gather(dy, inputs[1] as Tensor)],
  batch(inputs, batched, _, size) {
    const [x, updates] = [0, 2].map((i) => lift(inputs[i] as Tensor, batched[i] as boolean, size)) as [Tensor, Tensor];
    const indices = offsetIndices(inputs[1] as Tensor, batched[1] as boolean, size, x.shape[1] as Dim, SCATTER_ADD);
    return [reshape(scatterAdd(stackRows(x), indices, updates), x.shape)];
  },
  sumBatch(inputs, [onX, onIndices, onUpdates], _, size) {
    const [x, indices, updates] = inputs as readonly [Tensor, Tensor, Tensor];
    if (!isZero(x)) return undefined; // x would count `size` times.
    const zeros = constantOf({ shape: onX ? x.shape.slice(1) : x.shape, dtype: x.dtype }, 0);
    if (!onIndices) return onUpdates ? scatterAdd(zeros, indices, sum(updates, { axis: 0 })) : undefined;
    return scatterAdd(zeros, indices, lift(updates, onUpdates as boolean, size));
  },
});

const lift = (x: Tensor, batched: boolean, size: Dim): Tensor => (batched ? x : broadcast(x, [size, ...x.shape]));

/** Whether a tensor is zero by its making: a constant of zeros, or one broadcast or reshaped. */
function isZero({ node }: Tensor): boolean {
  if (node.op === constantOp) return (node.params as { value: NdArray }).value.data.every((value) => value === 0);
  return (node.op.name === "broadcast" || node.op.name === "reshape") && isZero(node.inputs[0] as Tensor);
}

/**
 * y = x, and y[indices[i…]] += updates[i…] for every i; indices may repeat. x: [V, …s]; indices: i32 [I…], each in [0, V);
 * updates: [I…, …s] of x's dtype, f32, f64 or i32. The adjoint of gather.
 * Throws ShapeError where shapes do not fit, DtypeError where dtypes differ or indices are not i32, and DataError on
 * evaluation where an index is out of range.
 */
export function scatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  const [table, values] = toTensors("scatterAdd", [x, updates], (i) => `argument ${2 * i + 1}`) as readonly [
    Tensor,
    Tensor,
  ];
  return apply(scatterAddOp, [table, indexTensor("scatterAdd", indices), values], {});
}

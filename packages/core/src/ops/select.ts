import { allocate } from "../dtype.js";
import type { NdArray } from "../ndarray.js";
import { apply, broadcastShapes, defineOp, requireSameDtype, type TensorLike, toTensors } from "../op.js";
import type { Tensor, Type } from "../tensor.js";
import { requireDtype } from "./elementwise.js";
import { expandTo } from "./layout.js";

/** y = a where condition holds, else b; elementwise with broadcasting. condition: bool; a, b: any one dtype. */
export const selectOp = defineOp<object>({
  name: "select",
  shape(inputs) {
    const [condition, a, b] = inputs as readonly [Type, Type, Type];
    requireDtype("select", "bool", [condition]);
    requireSameDtype("select", [a, b]);
    return {
      shape: broadcastShapes(
        "select",
        inputs.map(({ shape }) => shape),
      ),
      dtype: a.dtype,
    };
  },
  evaluate(inputs) {
    const shape = broadcastShapes(
      "select",
      inputs.map((x) => x.shape),
    ) as readonly number[];
    const [condition, a, b] = inputs.map((x) => expandTo(x, shape)) as [NdArray, NdArray, NdArray];
    const data = allocate(a.dtype, a.data.length);
    for (let i = 0; i < data.length; i++) data[i] = (condition.data[i] ? a : b).data[i] as number;
    return { data, shape, dtype: a.dtype };
  },
  vjp({ inputs }, dy) {
    const condition = inputs[0] as Tensor;
    return [null, select(condition, dy, 0), select(condition, 0, dy)];
  },
  batch: "elementwise",
});

/**
 * y = a where condition holds, else b; elementwise with NumPy's broadcasting. condition is bool; a and b have one dtype,
 * which is y's. Both are computed; the gradient flows into the one that was taken.
 * Throws ShapeError where shapes do not broadcast, DtypeError where condition is not bool or a and b differ.
 */
export const select = (condition: TensorLike, a: TensorLike, b: TensorLike): Tensor =>
  apply(selectOp, [condition, ...toTensors("select", [a, b], (i) => `argument ${i + 2}`)], {});

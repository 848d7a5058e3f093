import type { Dim } from "../dim.js";
import { allocate, type DType } from "../dtype.js";
import { apply, defineOp } from "../op.js";
import type { Tensor } from "../tensor.js";
import { broadcast } from "./broadcast.js";
import { requireDtype } from "./elementwise.js";

export interface IotaParams {
  readonly length: Dim;
  readonly dtype: DType;
}

/** y = [0, 1, …, length − 1]. f32, f64, i32. */
export const iotaOp = defineOp<IotaParams>({
  name: "iota",
  shape(_, { length, dtype }) {
    const type = { shape: [length], dtype };
    requireDtype("iota", "numeric", [type]);
    return type;
  },
  evaluate(_, { length, dtype }) {
    const data = allocate(dtype, length as number);
    for (let i = 0; i < data.length; i++) data[i] = i;
    return { data, shape: [data.length], dtype };
  },
  vjp: () => [],
  batch: (_, __, { length, dtype }, size) => [broadcast(iota(length, dtype), [size, length])],
});

/** y = [0, 1, …, length − 1], of shape [length]; f32, f64 or i32 (default). Throws DtypeError on bool. */
export const iota = (length: Dim, dtype: DType = "i32"): Tensor => apply(iotaOp, [], { length, dtype });

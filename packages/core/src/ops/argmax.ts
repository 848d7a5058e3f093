import { ShapeError } from "../errors.js";
import { castArray, type NdArray } from "../ndarray.js";
import { type AxisOption, apply, defineOp, normalizeAxis, type Op, type TensorLike, toTensor } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, type Type, typeText } from "../tensor.js";
import { requireDtype } from "./elementwise.js";
import { reduce } from "./reduction.js";

/**
 * y = the first index at which x is largest along `axis`, which goes; NaN is larger than all else. x: f32, f64, i32; y:
 * i32. No gradient flows.
 */
export const argmaxOp: Op<{ readonly axis: number }> = defineOp({
  name: "argmax",
  shape([x], { axis }) {
    const type = x as Type;
    requireDtype("argmax", "numeric", [type]);
    if (type.shape[axis] === 0) {
      throw new ShapeError(
        `argmax: axis ${axis} of ${typeText(type)} is empty; nothing is largest in it. Give it one element or more.`,
        { op: "argmax", axis },
      );
    }
    return { shape: type.shape.filter((_, i) => i !== axis), dtype: "i32" };
  },
  evaluate([x], { axis }) {
    const indices = reduce(x as NdArray, { axis: [axis], keepDims: false }, (values) => {
      let best = 0;
      for (let i = 1; i < values.length; i++) if (isLarger(values[i] as number, values[best] as number)) best = i;
      return best;
    });
    return castArray(indices, "i32");
  },
  vjp: () => [null],
  batch: ([x], _, { axis }) => [apply(argmaxOp, [x as Tensor], { axis: axis + 1 })],
});

const isLarger = (a: number, b: number): boolean => a > b || (Number.isNaN(a) && !Number.isNaN(b));

/**
 * The first index at which x is largest along `axis` (default: the last), which goes. Where there is NaN it is the first
 * one's index, as in NumPy and PyTorch. x: rank 1 or more, f32, f64 or
 * i32; y: i32. No gradient flows.
 * Throws ShapeError where the axis is out of range or empty, DtypeError on bool.
 */
export function argmax(x: TensorLike, options: AxisOption = {}): Tensor {
  const { axis = -1 } = optionsOf("argmax", options, "axis");
  const tensor = toTensor("argmax", x);
  return apply(argmaxOp, [tensor], { axis: normalizeAxis("argmax", axis, tensor.shape.length) });
}

import {
  castArray,
  flattenTree,
  isNdArray,
  type NdArray,
  type Tensor,
  unflattenTree,
  valueAndGrad,
} from "@throughtime/core";
import { prepare } from "./evaluate.js";

const STEP = 1e-5;

/**
 * The largest error of a loss' gradient at x against central differences, both in f64, relative to the gradient where that
 * is above 1. `rest` is passed along as it is.
 */
export function gradientError<X, R>(loss: (x: X, rest: R) => Tensor, x: unknown, rest: unknown): number {
  const values = prepare(loss, [x, rest], "f64");
  const gradient = prepare((p: X, r: R) => valueAndGrad((q) => loss(q, r), p)[1], [x, rest], "f64");
  const exact = flattenTree(gradient.run(x, rest), isNdArray).leaves;
  const { leaves, structure } = flattenTree(x, isNdArray);
  const wide = leaves.map((leaf) => castArray(leaf, "f64"));
  const at = unflattenTree(structure, wide);
  let worst = 0;
  wide.forEach(({ data }, i) => {
    for (let k = 0; k < data.length; k++) {
      const middle = data[k] as number;
      const [above, below] = [STEP, -STEP].map((delta) => {
        data[k] = middle + delta;
        return (values.run(at, rest) as NdArray).data[0] as number;
      }) as [number, number];
      data[k] = middle;
      const expected = (above - below) / (2 * STEP);
      const error = Math.abs(((exact[i] as NdArray).data[k] as number) - expected) / Math.max(1, Math.abs(expected));
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
  });
  return worst;
}

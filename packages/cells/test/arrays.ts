import { flattenTree, foldIn, isNdArray, key, type NdArray, ndarray, normal, sizeOf } from "@throughtime/core";

export const i32 = (values: readonly number[]): NdArray => ndarray(values, { dtype: "i32" });

/** Normal numbers, others for every salt. */
export const random = (shape: readonly number[], salt: number, std = 1): NdArray =>
  normal(foldIn(key(5), salt), shape, 0, std);

/** The largest difference between two trees of arrays; infinite where their structures or shapes differ. */
export function distance(a: unknown, b: unknown): number {
  const [left, right] = [flattenTree(a, isNdArray), flattenTree(b, isNdArray)];
  if (left.paths.join() !== right.paths.join()) return Number.POSITIVE_INFINITY;
  let largest = 0;
  left.leaves.forEach((x, i) => {
    const y = right.leaves[i] as NdArray;
    if (x.shape.join() !== y.shape.join()) largest = Number.POSITIVE_INFINITY;
    x.data.forEach((value, k) => {
      const difference = Math.abs(value - (y.data[k] as number));
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    });
  });
  return largest;
}

/** Elements `start` to `end` − 1 along an axis. */
export function range(x: NdArray, axis: number, start: number, end: number): NdArray {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const size = x.shape[axis] as number;
  const data = new Float32Array(outer * (end - start) * inner);
  for (let o = 0; o < outer; o++) {
    data.set(x.data.subarray((o * size + start) * inner, (o * size + end) * inner), o * (end - start) * inner);
  }
  return { data, shape: x.shape.map((d, i) => (i === axis ? end - start : d)), dtype: x.dtype };
}

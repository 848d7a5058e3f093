import { allocate } from "../dtype.js";
import { type NdArray, sizeOf } from "../ndarray.js";

/** Row-major strides: how far apart in `data` two neighbours along each axis lie. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

/** A fresh array: out[i, j, …] = x.data[i·strides[0] + j·strides[1] + …]. */
export function strided(x: NdArray, shape: readonly number[], strides: readonly number[]): NdArray {
  const data = allocate(x.dtype, sizeOf(shape));
  let to = 0;
  const walk = (axis: number, from: number): void => {
    if (axis === shape.length) {
      data[to++] = x.data[from] as number;
      return;
    }
    const stride = strides[axis] as number;
    for (let i = 0; i < (shape[axis] as number); i++) walk(axis + 1, from + i * stride);
  };
  if (data.length > 0) walk(0, 0);
  return { data, shape, dtype: x.dtype };
}

/** NumPy's broadcast_to on host data; x itself where nothing changes. */
export function expandTo(x: NdArray, shape: readonly number[]): NdArray {
  const missing = shape.length - x.shape.length;
  if (missing === 0 && x.shape.every((d, axis) => d === shape[axis])) return x;
  const strides = stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride));
  return strided(x, shape, [...Array<number>(missing).fill(0), ...strides]);
}

/** x with its axes in another order. */
export function permute(x: NdArray, permutation: readonly number[]): NdArray {
  const strides = stridesOf(x.shape);
  const pick = (values: readonly number[]) => permutation.map((axis) => values[axis] as number);
  return strided(x, pick(x.shape), pick(strides));
}

/** to[…, toStart + i, …] = from[…, fromStart + i, …] along `axis`, for i < count; other axes are equal. */
export function copyAlong(
  axis: number,
  count: number,
  from: NdArray,
  fromStart: number,
  to: NdArray,
  toStart: number,
): void {
  const outer = sizeOf(from.shape.slice(0, axis));
  const inner = sizeOf(from.shape.slice(axis + 1));
  for (let o = 0; o < outer; o++) {
    const start = (o * (from.shape[axis] as number) + fromStart) * inner;
    to.data.set(from.data.subarray(start, start + count * inner), (o * (to.shape[axis] as number) + toStart) * inner);
  }
}

/** The shape with another size at one axis. */
export const withSize = <D>(shape: readonly D[], axis: number, size: D): D[] =>
  shape.map((d, i) => (i === axis ? size : d));

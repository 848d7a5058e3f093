import { isNdArray, mapTree, type NdArray, sizeOf } from "@throughtime/core";

/** Elements `start` to `end` − 1 along an axis. */
export function range(x: NdArray, axis: number, start: number, end: number): NdArray {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const size = x.shape[axis] as number;
  const shape = x.shape.map((d, i) => (i === axis ? end - start : d));
  const data = x.data.slice(0, sizeOf(shape));
  for (let o = 0; o < outer; o++) {
    data.set(x.data.subarray((o * size + start) * inner, (o * size + end) * inner), o * (end - start) * inner);
  }
  return { ...x, data, shape };
}

/** The same steps from the last to the first. */
export function reversed(x: NdArray): NdArray {
  const T = x.shape[0] as number;
  const data = x.data.slice();
  const size = data.length / T;
  for (let t = 0; t < T; t++) data.set(x.data.subarray(t * size, (t + 1) * size), (T - 1 - t) * size);
  return { ...x, data };
}

/** Sequence b of a state's batch, as a batch of one. */
export const stateOf = <X>(tree: X, b: number): X => mapTree(tree, isNdArray, (leaf) => range(leaf, 0, b, b + 1)) as X;

/** xs [T, B, D] with other numbers where sequences have ended; `value` of the element's index. */
export function padded(xs: NdArray, lengths: readonly number[], value: (k: number) => number): NdArray {
  const data = xs.data.slice();
  const [, B, D] = xs.shape as readonly [number, number, number];
  data.forEach((_, k) => {
    if (Math.floor(k / (B * D)) >= (lengths[Math.floor(k / D) % B] as number)) data[k] = value(k);
  });
  return { ...xs, data };
}

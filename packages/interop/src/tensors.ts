import { CheckpointError, type NdArray, printable, shapeText } from "@throughtime/core";

/** Tensors by name, as a file of weights holds them. */
export type NamedTensors = Readonly<Record<string, NdArray>>;

/**
 * The tensor of a name, f32 or f64, of an expected shape; null stands for any size. Throws CheckpointError where it is
 * missing, saying which there are, or is something else.
 */
export function take(who: string, tensors: NamedTensors, name: string, expected: readonly (number | null)[]): NdArray {
  const array = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!array) {
    const names = Object.keys(tensors);
    const shown = names
      .slice(0, 30)
      .map((one) => printable(one))
      .join(", ");
    throw new CheckpointError(
      `${who}: ${printable(name)} is missing. There ${names.length === 0 ? "are no tensors" : `are: ${shown}${names.length > 30 ? ` and ${names.length - 30} more` : ""}`}.`,
      { missing: name },
    );
  }
  const fits =
    array.shape.length === expected.length && expected.every((size, i) => size === null || size === array.shape[i]);
  if (!fits || (array.dtype !== "f32" && array.dtype !== "f64")) {
    const wanted = `[${expected.map((size) => size ?? "any").join(", ")}]`;
    throw new CheckpointError(
      `${who}: ${printable(name)} is ${array.dtype}${shapeText(array.shape)}; expected f32 or f64 ${wanted}.`,
      { name, expected, received: array.shape, dtype: array.dtype },
    );
  }
  return array;
}

/** Aᵀ, of the same dtype. a: [m, n]. */
export function transposed(a: NdArray): NdArray {
  const [m, n] = a.shape as readonly [number, number];
  const data = a.data.slice();
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data[j * m + i] = a.data[i * n + j] as number;
  return { data, shape: [n, m], dtype: a.dtype };
}

/** Reorders the equal blocks along the first axis: block i of the result is block `order[i]` of `a`. */
export function blocks(a: NdArray, order: readonly number[]): NdArray {
  const size = a.data.length / order.length;
  const data = a.data.slice();
  order.forEach((from, to) => data.set(a.data.subarray(from * size, (from + 1) * size), to * size));
  return { data, shape: a.shape, dtype: a.dtype };
}

/** a + b, elementwise. */
export const plus = (a: NdArray, b: NdArray): NdArray => ({
  ...a,
  data: a.data.map((value, i) => value + (b.data[i] as number)),
});

export const shapesText = (shape: readonly number[] | undefined): string =>
  shape ? `[${shape.join(", ")}]` : "nothing";

import { type NdArray, type Tensor, zerosArray } from "@throughtime/core";
import type { LoweringContext } from "./context.js";
import { reshaped } from "./shape.js";

// Weights as ONNX's recurrent operators take them. What is fixed is turned here; for the rest, nodes are written.

/** [D, kH] → [1, kH, D] with its blocks of columns in another order. */
export function stacked(weight: Tensor, order: readonly number[], context: LoweringContext): string {
  const [D, columns] = weight.shape as readonly [number, number];
  const known = context.fixed(weight);
  if (known) return context.constant(stackedArray(known, order), known);
  const rows = inOrder(context.node("Transpose", [context.value(weight)], { perm: [1, 0] }), columns, order, context);
  return reshaped(rows, [1, columns, D], context);
}

function stackedArray({ data, shape, dtype }: NdArray, order: readonly number[]): NdArray {
  const [D, columns] = shape as readonly [number, number];
  const H = columns / order.length;
  const out = data.slice();
  order.forEach((from, to) => {
    for (let j = 0; j < H; j++) {
      for (let d = 0; d < D; d++) out[(to * H + j) * D + d] = data[d * columns + from * H + j] as number;
    }
  });
  return { data: out, shape: [1, columns, D], dtype };
}

/** A vector's equal blocks in another order. */
export function blocks(vector: Tensor, order: readonly number[], context: LoweringContext): string {
  const known = context.fixed(vector);
  if (known) return context.constant(inOrderArray(known, order), known);
  return inOrder(context.value(vector), vector.shape[0] as number, order, context);
}

function inOrderArray(array: NdArray, order: readonly number[]): NdArray {
  const size = array.data.length / order.length;
  const data = array.data.slice();
  order.forEach((from, to) => data.set(array.data.subarray(from * size, (from + 1) * size), to * size));
  return { ...array, data };
}

function inOrder(name: string, length: number, order: readonly number[], context: LoweringContext): string {
  if (order.every((from, to) => from === to)) return name;
  const parts = context.nodes("Split", [name, context.integers(order.map(() => length / order.length))], order.length, {
    axis: 0,
  });
  return context.node(
    "Concat",
    order.map((from) => parts[from] as string),
    { axis: 0 },
  );
}

export interface BiasWeights {
  readonly U?: Tensor | undefined;
  readonly b?: Tensor | undefined;
  readonly bh?: Tensor | undefined;
  readonly bn?: Tensor | undefined;
}

/**
 * [1, 2kH]: the biases of x·W in ONNX's order, then those of h·U: bh, or 0 with bn for the last gate. Where there are none
 * at all, "": ONNX then takes 0.
 */
export function biases({ U, b, bh, bn }: BiasWeights, order: readonly number[], context: LoweringContext): string {
  const present = [b, bh, bn].filter((bias) => bias !== undefined);
  const [sample] = present;
  if (!sample) return "";
  const length = (U as Tensor).shape[1] as number;
  const known = present.map((bias) => context.fixed(bias));
  if (known.every((array) => array !== undefined)) {
    const { data } = zerosArray([1, 2 * length], sample.dtype);
    const fixed = (bias: Tensor) => context.fixed(bias) as NdArray;
    if (b) data.set(inOrderArray(fixed(b), order).data);
    if (bh) data.set(inOrderArray(fixed(bh), order).data, length);
    if (bn) data.set(fixed(bn).data, 2 * length - (bn.shape[0] as number));
    return context.constant({ data, shape: [1, 2 * length], dtype: sample.dtype }, known[0] as NdArray);
  }
  const zeros = (count: number) => context.constant(zerosArray([count], sample.dtype));
  const second = bh
    ? [blocks(bh, order, context)]
    : bn
      ? [zeros(length - (bn.shape[0] as number)), context.value(bn)]
      : [zeros(length)];
  const parts = [b ? blocks(b, order, context) : zeros(length), ...second];
  return reshaped(context.node("Concat", parts, { axis: 0 }), [1, 2 * length], context);
}

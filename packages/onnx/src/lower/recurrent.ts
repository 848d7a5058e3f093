import { type NdArray, type Tensor, zerosArray } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";
import { reshaped } from "./shape.js";

/**
 * ONNX's own recurrent operators for the sequence composites of @throughtime/cells. Weights are stacked here [D, kH] with
 * the cells' gates, and there [1, kH, D] with ONNX's; biases of input and state stand in one vector.
 */

/** Where ONNX's gates stand among ours: ours i f o g, ONNX's i o f c; peepholes i f o and i o f. */
const LSTM_ORDER = [0, 2, 1, 3];
const LSTM_PEEPHOLE_ORDER = [0, 2, 1];
/** Both z r n (ONNX says z r h). */
const GRU_ORDER = [0, 1, 2];
const RNN_ORDER = [0];

const lstm: Lowering = (node, context) => {
  const [xs, h, c, W, U, b, p] = node.inputs as readonly Tensor[];
  const { reverse } = node.params as { readonly reverse: boolean };
  const inputs = [
    context.value(xs as Tensor),
    stacked(W as Tensor, LSTM_ORDER, context),
    stacked(U as Tensor, LSTM_ORDER, context),
    biases(b as Tensor, LSTM_ORDER, undefined, context),
    "",
    leading(h as Tensor, context),
    leading(c as Tensor, context),
    ...(p ? [asRow(blocks(p, LSTM_PEEPHOLE_ORDER, context), p, context)] : []),
  ];
  const attributes = { hidden_size: sizeOf(h as Tensor), ...direction(reverse) };
  return unstacked(context.nodes("LSTM", inputs, 3, attributes), context);
};

const gru: Lowering = (node, context) => {
  const [xs, h, W, U, b, bn] = node.inputs as readonly Tensor[];
  const { reset, reverse } = node.params as { readonly reset: "before" | "after"; readonly reverse: boolean };
  const inputs = [
    context.value(xs as Tensor),
    stacked(W as Tensor, GRU_ORDER, context),
    stacked(U as Tensor, GRU_ORDER, context),
    biases(b as Tensor, GRU_ORDER, bn, context),
    "",
    leading(h as Tensor, context),
  ];
  const attributes = {
    hidden_size: sizeOf(h as Tensor),
    linear_before_reset: reset === "after" ? 1 : 0,
    ...direction(reverse),
  };
  return unstacked(context.nodes("GRU", inputs, 2, attributes), context);
};

const ACTIVATIONS: Readonly<Record<string, string>> = { tanh: "Tanh", relu: "Relu", sigmoid: "Sigmoid" };

const rnn: Lowering = (node, context) => {
  const [xs, h, W, U, b] = node.inputs as readonly Tensor[];
  const { activation, reverse } = node.params as { readonly activation: string; readonly reverse: boolean };
  const inputs = [
    context.value(xs as Tensor),
    stacked(W as Tensor, RNN_ORDER, context),
    stacked(U as Tensor, RNN_ORDER, context),
    biases(b as Tensor, RNN_ORDER, undefined, context),
    "",
    leading(h as Tensor, context),
  ];
  const attributes = {
    hidden_size: sizeOf(h as Tensor),
    activations: { strings: [ACTIVATIONS[activation] as string] },
    ...direction(reverse),
  };
  return unstacked(context.nodes("RNN", inputs, 2, attributes), context);
};

/** For models that leave: the sequence composites as ONNX's LSTM, GRU and RNN. Pass them as `lowerings`. */
export const RECURRENT: LoweringTable = { lstmSequence: lstm, gruSequence: gru, rnnSequence: rnn };

/** H */
const sizeOf = (h: Tensor): number => h.shape[1] as number;

const direction = (reverse: boolean) => ({ direction: reverse ? "reverse" : "forward" });

/** [D, kH] → [1, kH, D] with its blocks of columns in another order. */
function stacked(weight: Tensor, order: readonly number[], context: LoweringContext): string {
  const [D, columns] = weight.shape as readonly [number, number];
  const known = context.fixed(weight);
  if (known) return context.constant(stackedArray(known, order));
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
function blocks(vector: Tensor, order: readonly number[], context: LoweringContext): string {
  const known = context.fixed(vector);
  if (known) return context.constant(inOrderArray(known, order));
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

/**
 * [1, 2kH]: the input's biases b in ONNX's order, then the state's, which are 0 but for the last gate's `apart`, where
 * there is one.
 */
function biases(b: Tensor, order: readonly number[], apart: Tensor | undefined, context: LoweringContext): string {
  const length = b.shape[0] as number;
  const zeros = zerosArray([apart ? length - length / order.length : length], b.dtype);
  const [knownB, knownApart] = [context.fixed(b), apart && context.fixed(apart)];
  if (knownB && (!apart || knownApart)) {
    const { data } = zerosArray([1, 2 * length], b.dtype);
    data.set(inOrderArray(knownB, order).data);
    if (knownApart) data.set(knownApart.data, length + zeros.data.length);
    return context.constant({ data, shape: [1, 2 * length], dtype: b.dtype });
  }
  const parts = [blocks(b, order, context), context.constant(zeros), ...(apart ? [context.value(apart)] : [])];
  return reshaped(context.node("Concat", parts, { axis: 0 }), [1, 2 * length], context);
}

/** [n] → [1, n] */
const asRow = (name: string, vector: Tensor, context: LoweringContext): string =>
  reshaped(name, [1, ...vector.shape], context);

/** [B, H] → [1, B, H] */
const leading = (state: Tensor, context: LoweringContext): string =>
  context.node("Unsqueeze", [context.value(state), context.integers([0])]);

/** Y [T, 1, B, H] → [T, B, H]; the last states [1, B, H] → [B, H]. */
function unstacked([y, ...last]: readonly string[], context: LoweringContext): string[] {
  return [
    context.node("Squeeze", [y as string, context.integers([1])]),
    ...last.map((state) => context.node("Squeeze", [state, context.integers([0])])),
  ];
}

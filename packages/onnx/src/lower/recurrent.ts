import type { Dim, Node, Tensor } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable, NodeAttributes } from "./context.js";
import { guarded } from "./guard.js";
import { biases, blocks, stacked } from "./recurrent-weights.js";
import { reshaped } from "./shape.js";

/** An operator of ONNX that computes a whole sequence. */
interface Operator {
  readonly name: "LSTM" | "GRU" | "RNN";
  /** ONNX's order of the gates, by the letters of @throughtime/cells: what ONNX calls c and h is g and n there. */
  readonly gates: readonly string[];
  /** ONNX's order of the peephole weights. */
  readonly peepholes?: readonly string[];
  attributes?(params: SequenceParams): NodeAttributes;
}

const LSTM: Operator = { name: "LSTM", gates: ["i", "o", "f", "g"], peepholes: ["i", "o", "f"] };

const GRU: Operator = {
  name: "GRU",
  gates: ["z", "r", "n"],
  attributes: ({ reset }) => ({ linear_before_reset: reset === "after" ? 1 : 0 }),
};

const ACTIVATIONS: Readonly<Record<string, string>> = { tanh: "Tanh", relu: "Relu", sigmoid: "Sigmoid" };
const RNN: Operator = {
  name: "RNN",
  gates: ["h"],
  attributes: ({ activation }) => ({ activations: { strings: [ACTIVATIONS[activation as string] as string] } }),
};

/** What the composites' params say: see `SequenceParams` in @throughtime/cells. */
interface SequenceParams {
  readonly gates: readonly string[];
  readonly state: readonly string[];
  readonly weights: readonly string[];
  readonly lengths: boolean;
  readonly reverse: boolean;
  readonly reset?: string;
  readonly activation?: string;
}

/** Where the other order's entries stand in one order. */
const permutation = (from: readonly string[], to: readonly string[]): readonly number[] =>
  to.map((gate) => from.indexOf(gate));

/**
 * A sequence composite of @throughtime/cells as an operator of ONNX. Weights are stacked there [D, kH] in the order of the params'
 * `gates`, and in ONNX [1, kH, D] in its own; biases of input and state stand in one vector.
 */
const recurrent =
  (operator: Operator): Lowering =>
  ({ inputs, outputs, params }, context) => {
    const sequence = params as SequenceParams;
    const [xs, ...rest] = inputs as readonly [Tensor, ...Tensor[]];
    const first = rest.slice(0, sequence.state.length);
    const weights: Readonly<Record<string, Tensor | undefined>> = Object.fromEntries(
      sequence.weights.map((name, i) => [name, rest[first.length + i]]),
    );
    const lengths = sequence.lengths ? (inputs.at(-1) as Tensor) : undefined;
    const { W, U, p } = weights as { W: Tensor; U: Tensor; p?: Tensor };
    const order = permutation(sequence.gates, operator.gates);
    const before = first.map((state) => context.value(state)); // [B, H]
    const given = [
      ...[context.value(xs), stacked(W, order, context), stacked(U, order, context), biases(weights, order, context)],
      ...[lengths ? context.value(lengths) : "", ...first.map((state) => leading(state, context))],
      ...(p ? [peepholes(p, sequence, operator, context)] : []),
    ];
    const [T, B] = xs.shape as readonly [Dim, Dim];
    const ended = lengths && isZero(lengths, context);
    const empty = ({ node, scalar, shape }: LoweringContext) => [
      node("Expand", [scalar(0, xs.dtype), shape((outputs[0] as Tensor).shape)]),
      ...before,
    ];
    return guarded({ outputs } as Node, [T, B], context, empty, (inner) => {
      const [y, ...last] = inner.nodes(operator.name, given, 1 + first.length, {
        hidden_size: (outputs[0] as Tensor).shape[2] as number,
        direction: sequence.reverse ? "reverse" : "forward",
        ...operator.attributes?.(sequence),
      });
      // Y [T, 1, B, H] → [T, B, H]; the last states [1, B, H] → [B, H].
      return [
        inner.node("Squeeze", [y as string, inner.integers([1])]),
        ...last.map((state, i) => {
          const rows = inner.node("Squeeze", [state, inner.integers([0])]);
          // A sequence of no steps keeps its state; ONNX Runtime makes it 0.
          return ended === undefined ? rows : inner.node("Where", [ended, before[i] as string, rows]);
        }),
      ];
    });
  };

/** The sequence composites as ONNX's LSTM, GRU and RNN. */
export const RECURRENT: LoweringTable = {
  lstmSequence: recurrent(LSTM),
  gruSequence: recurrent(GRU),
  rnnSequence: recurrent(RNN),
};

/** [3H], for the gates that have one in their order among all, → [1, 3H] in ONNX's. */
function peepholes(p: Tensor, { gates }: SequenceParams, operator: Operator, context: LoweringContext): string {
  const theirs = operator.peepholes ?? [];
  const ours = gates.filter((gate) => theirs.includes(gate));
  return reshaped(blocks(p, permutation(ours, theirs), context), [1, ...p.shape], context);
}

/** Whether each length is 0: [B, 1]. */
const isZero = (lengths: Tensor, context: LoweringContext): string =>
  context.node("Unsqueeze", [
    context.node("LessOrEqual", [context.value(lengths), context.scalar(0, "i32")]),
    context.integers([1]),
  ]);

/** [B, H] → [1, B, H] */
const leading = (state: Tensor, context: LoweringContext): string =>
  context.node("Unsqueeze", [context.value(state), context.integers([0])]);

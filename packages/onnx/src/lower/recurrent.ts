import type { Dim, Node, Tensor } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable, NodeAttributes } from "./context.js";
import { guarded } from "./guard.js";
import { biases, blocks, stacked } from "./recurrent-weights.js";
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

const lstm: Lowering = (node, context) =>
  recurrent(node, context, "LSTM", 2, LSTM_ORDER, ({ p }) => ({
    inputs: p ? [reshaped(blocks(p, LSTM_PEEPHOLE_ORDER, context), [1, ...p.shape], context)] : [],
  }));

const gru: Lowering = (node, context) =>
  recurrent(node, context, "GRU", 1, GRU_ORDER, (_, { reset }) => ({
    attributes: { linear_before_reset: reset === "after" ? 1 : 0 },
  }));

const ACTIVATIONS: Readonly<Record<string, string>> = { tanh: "Tanh", relu: "Relu", sigmoid: "Sigmoid" };

const rnn: Lowering = (node, context) =>
  recurrent(node, context, "RNN", 1, RNN_ORDER, (_, { activation }) => ({
    attributes: { activations: { strings: [ACTIVATIONS[activation as string] as string] } },
  }));

/** The sequence composites as ONNX's LSTM, GRU and RNN. */
export const RECURRENT: LoweringTable = { lstmSequence: lstm, gruSequence: gru, rnnSequence: rnn };

/** What the composites' params say: see `defineSequence` in @throughtime/cells. */
interface SequenceParams {
  readonly reverse: boolean;
  readonly weights: readonly string[];
  readonly lengths: boolean;
  readonly reset?: string;
  readonly activation?: string;
}

type Weights = Readonly<Record<string, Tensor | undefined>>;
interface Further {
  readonly inputs?: readonly string[];
  readonly attributes?: NodeAttributes;
}

function recurrent(
  { inputs, outputs, params }: Node,
  context: LoweringContext,
  opType: string,
  states: number,
  order: readonly number[],
  further: (weights: Weights, params: SequenceParams) => Further,
): readonly string[] {
  const sequence = params as SequenceParams;
  const [xs, ...rest] = inputs as readonly [Tensor, ...Tensor[]];
  const first = rest.slice(0, states);
  const weights: Weights = Object.fromEntries(sequence.weights.map((name, i) => [name, rest[states + i]]));
  const lengths = sequence.lengths ? (inputs.at(-1) as Tensor) : undefined;
  const { W, U } = weights as { W: Tensor; U: Tensor };
  const { inputs: more = [], attributes = {} } = further(weights, sequence);
  const before = first.map((state) => context.value(state)); // [B, H]
  const given = [
    ...[context.value(xs), stacked(W, order, context), stacked(U, order, context), biases(weights, order, context)],
    ...[lengths ? context.value(lengths) : "", ...first.map((state) => leading(state, context)), ...more],
  ];
  const [T, B] = xs.shape as readonly [Dim, Dim];
  const ended = lengths && isZero(lengths, context);
  const empty = ({ node, scalar, shape }: LoweringContext) => [
    node("Expand", [scalar(0, xs.dtype), shape((outputs[0] as Tensor).shape)]),
    ...before,
  ];
  return guarded({ outputs } as Node, [T, B], context, empty, (inner) => {
    const [y, ...last] = inner.nodes(opType, given, 1 + states, {
      hidden_size: (outputs[0] as Tensor).shape[2] as number,
      direction: sequence.reverse ? "reverse" : "forward",
      ...attributes,
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

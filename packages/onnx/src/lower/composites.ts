import { type Dim, type LayerNormParams, type SoftmaxParams, subDim, type Tensor } from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";
import { reshaped } from "./shape.js";

const softmax =
  (opType: string): Lowering =>
  (node, context) =>
    context.node(opType, [context.value(node.inputs[0] as Tensor)], { axis: (node.params as SoftmaxParams).axis });

/** −ln softmax(logits)[target], read off one fused pass. */
const crossEntropy: Lowering = (node, context) => {
  const [logits, targets] = node.inputs as readonly [Tensor, Tensor];
  const classes = logits.shape.at(-1) as Dim;
  const logs = context.node("LogSoftmax", [context.value(logits)], { axis: -1 });
  // A target outside of the classes gives a number without meaning, not an error.
  const last = context.node("Cast", [context.size(subDim(classes, 1))], { to: 6 });
  const above = context.node("Max", [context.value(targets), context.scalar(0, "i32")]);
  const index = reshaped(context.node("Min", [above, last]), [...targets.shape, 1], context);
  const picked = context.node("GatherElements", [logs, index], { axis: -1 });
  return context.node("Neg", [reshaped(picked, targets.shape, context)]);
};

const layerNorm: Lowering = (node, context) => {
  const { epsilon } = node.params as LayerNormParams;
  return context.node(
    "LayerNormalization",
    node.inputs.map((input) => context.value(input)),
    { axis: -1, epsilon: { float: epsilon } },
  );
};

/** Composites that ONNX has an operator for, or nearly. */
export const COMPOSITES: LoweringTable = {
  crossEntropy,
  layerNorm,
  logSoftmax: softmax("LogSoftmax"),
  softmax: softmax("Softmax"),
};

import type { LayerNormParams, SoftmaxParams, Tensor } from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";
import { reshaped } from "./shape.js";

const softmax =
  (opType: string): Lowering =>
  (node, context) =>
    context.node(opType, [context.value(node.inputs[0] as Tensor)], { axis: (node.params as SoftmaxParams).axis });

/** −ln softmax(logits)[target], read off one fused pass. */
const crossEntropy: Lowering = (node, context) => {
  const [logits, targets] = node.inputs as readonly [Tensor, Tensor];
  const logs = context.node("LogSoftmax", [context.value(logits)], { axis: -1 });
  const index = reshaped(context.value(targets), [...targets.shape, 1], context);
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

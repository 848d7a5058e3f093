import type { Tensor } from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";

const reduction =
  (opType: string): Lowering =>
  (node, context) => {
    const { axes, keepDims } = node.params as { axes: readonly number[]; keepDims: boolean };
    return context.node(opType, [context.value(node.inputs[0] as Tensor), context.integers(axes)], {
      keepdims: keepDims ? 1 : 0,
    });
  };

const argmax: Lowering = (node, context) => {
  const { axis } = node.params as { axis: number };
  const index = context.node("ArgMax", [context.value(node.inputs[0] as Tensor)], { axis, keepdims: 0 });
  return context.node("Cast", [index], { to: 6 });
};

export const reductions: LoweringTable = { argmax, max: reduction("ReduceMax"), sum: reduction("ReduceSum") };

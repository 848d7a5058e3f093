import type { Tensor } from "@throughtime/core";
import { type Lowering, type LoweringTable, PRIMITIVES } from "@throughtime/onnx";

/** x > 0 less x < 0: there is no kernel for Sign. */
const sign: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const value = context.value(x);
  const zero = context.scalar(0, x.dtype);
  const to = { to: x.dtype === "i32" ? 6 : 1 };
  const above = context.node("Cast", [context.node("Greater", [value, zero])], to);
  const below = context.node("Cast", [context.node("Less", [value, zero])], to);
  return context.node("Sub", [above, below]);
};

/** There is no kernel for Neg on integers. */
const neg: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  if (x.dtype !== "i32") return (PRIMITIVES.neg as Lowering)(node, context);
  return context.node("Sub", [context.scalar(0, "i32"), context.value(x)]);
};

/** The kernel's log 0 is −88. */
const log: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const value = context.value(x);
  const isZero = context.node("Equal", [value, context.scalar(0, x.dtype)]);
  return context.node("Where", [
    isZero,
    context.scalar(Number.NEGATIVE_INFINITY, x.dtype),
    context.node("Log", [value]),
  ]);
};

/** Where WebGPU's kernels are missing or differ. */
export const GPU_LOWERINGS: LoweringTable = { log, neg, sign };

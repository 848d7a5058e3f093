import { isFloat, isStatic, type ReductionParams, sizeOf, type Tensor } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";

const reduce = (opType: string, x: string, { axis, keepDims }: ReductionParams, context: LoweringContext): string =>
  context.node(opType, [x, context.integers(axis)], { keepdims: keepDims ? 1 : 0 });

/** Up to this many numbers are added up in one go. */
const FEW = 1024;

const sum: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const params = node.params as ReductionParams;
  const value = context.value(x);
  if (x.dtype === "i32") return wrapped(value, params, context);
  const few = isStatic(x.shape) && sizeOf(x.shape) <= FEW;
  if (few || params.axis.length < 2 || params.axis.length < x.shape.length)
    return reduce("ReduceSum", value, params, context);
  // One running sum over all elements would lose digits that a sum of sums keeps.
  const rows = reduce("ReduceSum", value, { axis: params.axis.slice(-1), keepDims: params.keepDims }, context);
  const rest = params.keepDims ? params.axis : params.axis.slice(0, -1);
  return reduce("ReduceSum", rows, { axis: rest, keepDims: params.keepDims }, context);
};

/** ONNX Runtime's sum of 32-bit integers saturates. That of 64-bit ones is cut to their lower half, as sums that wrap are. */
function wrapped(x: string, params: ReductionParams, context: LoweringContext): string {
  const total = reduce("ReduceSum", context.node("Cast", [x], { to: 7 }), params, context);
  return context.node("Cast", [total], { to: 6 });
}

/** Runtimes differ in whether a maximum sees NaN; ours does. */
const max: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const params = node.params as ReductionParams;
  const value = context.value(x);
  const largest = reduce("ReduceMax", value, params, context);
  if (!isFloat(x.dtype)) return largest;
  const nans = context.node("Cast", [context.node("IsNaN", [value])], { to: 1 });
  const any = context.node("Greater", [reduce("ReduceMax", nans, params, context), context.scalar(0, "f32")]);
  return context.node("Where", [any, context.scalar(Number.NaN, x.dtype), largest]);
};

/** The first NaN's index where there is one. ArgMax compares with >, which passes NaN by. */
const argmax: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const { axis } = node.params as { axis: number };
  const value = context.value(x);
  const first = (of: string) => context.node("ArgMax", [of], { axis, keepdims: 1 });
  const largest = first(value);
  const index = isFloat(x.dtype) ? orNan(value, largest) : largest;
  return context.node("Cast", [context.node("Squeeze", [index, context.integers([axis])])], { to: 6 });

  function orNan(of: string, otherwise: string): string {
    const nan = first(context.node("Cast", [context.node("IsNaN", [of])], { to: 1 }));
    const isThere = context.node("IsNaN", [context.node("GatherElements", [of, nan], { axis })]);
    return context.node("Where", [isThere, nan, otherwise]);
  }
};

export const reductions: LoweringTable = { argmax, max, sum };

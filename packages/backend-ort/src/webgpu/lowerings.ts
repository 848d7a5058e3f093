import { elementCount, type ReductionParams, type Tensor } from "@throughtime/core";
import { type Lowering, type LoweringContext, type LoweringTable, PRIMITIVES } from "@throughtime/onnx";

/** TensorProto.DataType. */
const TO = { f32: 1, i32: 6, i64: 7 } as const;

/** (x > 0) − (x < 0), and NaN where x is: there is no kernel for Sign. */
const sign: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const value = context.value(x);
  const zero = context.scalar(0, x.dtype);
  const to = x.dtype === "i32" ? TO.i32 : TO.f32;
  const above = context.node("Cast", [context.node("Greater", [value, zero])], { to });
  const below = context.node("Cast", [context.node("Less", [value, zero])], { to });
  const result = context.node("Sub", [above, below]);
  return x.dtype === "i32" ? result : context.node("Where", [context.node("IsNaN", [value]), value, result]);
};

/** There is no kernel for Neg on integers. */
const neg: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  if (x.dtype !== "i32") return (PRIMITIVES.neg as Lowering)(node, context);
  return context.node("Sub", [context.scalar(0, "i32"), context.value(x)]);
};

/** The kernel's log 0 is −88, and that of what is below 0 is a number too. */
function exactLog(x: string, context: LoweringContext): string {
  const zero = context.scalar(0, "f32");
  const infinite = context.scalar(Number.NEGATIVE_INFINITY, "f32");
  const positive = context.node("Where", [context.node("Equal", [x, zero]), infinite, context.node("Log", [x])]);
  return context.node("Where", [context.node("Less", [x, zero]), context.scalar(Number.NaN, "f32"), positive]);
}

const log: Lowering = (node, context) => exactLog(context.value(node.inputs[0] as Tensor), context);

/** log(u)·x/(u − 1) with u = 1 + x, as on the CPU, but from one logarithm that knows 0. */
const log1p: Lowering = (node, context) => {
  const x = context.value(node.inputs[0] as Tensor);
  const one = context.scalar(1, "f32");
  const u = context.node("Add", [x, one]);
  const logU = exactLog(u, context);
  const corrected = context.node("Mul", [logU, context.node("Div", [x, context.node("Sub", [u, one])])]);
  const small = context.node("Where", [context.node("Equal", [u, one]), x, corrected]);
  return context.node("Where", [context.node("Equal", [u, x]), logU, small]);
};

/**
 * The kernels that scatter with a sum add in any order, so the sums are products with a one-hot matrix, which are the
 * same each time: [V, N]·[N, W] where the table is not longer than the list of indices. Otherwise [N, N]·[N, W] gives
 * each index the sum of all updates of its row, and duplicates then write the same value.
 */
const scatterAdd: Lowering = (node, context) => {
  const [x, indices, updates] = node.inputs as readonly [Tensor, Tensor, Tensor];
  if (x.dtype === "i32") return (PRIMITIVES.scatterAdd as Lowering)(node, context);
  const rows = x.shape[0] as number;
  const count = elementCount(indices.shape) as number;
  const width = elementCount(x.shape.slice(1)) as number;
  const as = (name: string, shape: readonly number[]) => context.node("Reshape", [name, context.shape(shape)]);
  const table = as(context.value(x), [rows, width]);
  const values = as(context.value(updates), [count, width]);
  const across = as(context.value(indices), [1, count]);
  const down = as(context.value(indices), [count, 1]);
  const sums = (row: string) => {
    const hot = context.node("Cast", [context.node("Equal", [row, across])], { to: TO.f32 });
    return context.node("MatMul", [hot, values]);
  };
  const every = { data: Int32Array.from({ length: rows }, (_, i) => i), shape: [rows, 1], dtype: "i32" } as const;
  const result =
    rows <= count
      ? context.node("Add", [table, sums(context.constant(every))])
      : context.node("ScatterND", [
          table,
          context.node("Cast", [down], { to: TO.i64 }),
          context.node("Add", [context.node("Gather", [table, as(context.value(indices), [count])]), sums(down)]),
        ]);
  return as(result, x.shape as readonly number[]);
};

/** Sums of integers wrap there, and 64-bit ones have no kernels. */
const sum: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  if (x.dtype !== "i32") return (PRIMITIVES.sum as Lowering)(node, context);
  const { axis, keepDims } = node.params as ReductionParams;
  return context.node("ReduceSum", [context.value(x), context.integers(axis)], { keepdims: keepDims ? 1 : 0 });
};

/** Where WebGPU's kernels are missing, or differ from what the ops mean. */
export const GPU_LOWERINGS: LoweringTable = { log, log1p, neg, scatterAdd, sign, sum };

import { type Dim, elementCount, type NdArray, type Shape, sameShape, type Tensor } from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";
import { isZero, reshaped } from "./shape.js";

const gather: Lowering = (node, context) =>
  context.node(
    "Gather",
    node.inputs.map((input) => context.value(input)),
    { axis: 0 },
  );

/** Up to this many rows a product with a one-hot matrix is the faster way to add up rows by index. */
const ONE_HOT_ROWS = 512;

/**
 * Exact and repeatable with duplicate indices: never ScatterND with reduction, which races on two threads. Few rows: a
 * product with a one-hot matrix. Many: ScatterElements, which adds in order.
 */
const scatterAdd: Lowering = (node, context) => {
  const [x, indices, updates] = node.inputs as readonly [Tensor, Tensor, Tensor];
  const rows = x.shape[0] as Dim;
  const width = elementCount(x.shape.slice(1));
  const count = elementCount(indices.shape);
  if (width === 0) return context.value(x);
  const as = (tensor: Tensor, shape: Shape) =>
    sameShape(tensor.shape, shape) ? context.value(tensor) : reshaped(context.value(tensor), shape, context);
  const values = as(updates, [count, width]);
  let sum: string;
  if (typeof rows === "number" && rows <= ONE_HOT_ROWS && x.dtype !== "i32") {
    const row = context.constant(column(rows));
    const hot = context.node("Cast", [context.node("Equal", [row, as(indices, [1, count])])], {
      to: x.dtype === "f64" ? 11 : 1,
    });
    sum = isZero(x) ? context.node("MatMul", [hot, values]) : context.node("Gemm", [hot, values, as(x, [rows, width])]);
  } else {
    const index = context.node("Expand", [as(indices, [count, 1]), context.shape([count, width])]);
    sum = context.node("ScatterElements", [as(x, [rows, width]), index, values], { axis: 0, reduction: "add" });
  }
  return x.shape.length === 2 ? sum : reshaped(sum, x.shape, context);
};

/** 0 … rows − 1, one below the other. */
const column = (rows: number): NdArray => ({
  data: Int32Array.from({ length: rows }, (_, i) => i),
  shape: [rows, 1],
  dtype: "i32",
});

export const indexing: LoweringTable = { gather, scatterAdd };

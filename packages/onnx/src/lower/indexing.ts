import { elementCount, type Shape, type Tensor } from "@throughtime/core";
import type { Lowering, LoweringTable } from "./context.js";
import { isZero, reshaped } from "./shape.js";

const gather: Lowering = (node, context) =>
  context.node("Gather", node.inputs.map((input) => context.value(input)), { axis: 0 });

/** Up to this many rows a product with a one-hot matrix is the faster way to add up rows by index. */
const ONE_HOT_ROWS = 512;

/**
 * Exact and repeatable with duplicate indices: never ScatterND with reduction, which races on two threads. Few rows: a
 * product with a one-hot matrix. Many: ScatterElements, which adds in order.
 */
const scatterAdd: Lowering = (node, context) => {
  const [x, indices, updates] = node.inputs as readonly [Tensor, Tensor, Tensor];
  const inner = x.shape.slice(1);
  const rows = x.shape[0] as Shape[number];
  const width = elementCount(inner);
  const count = elementCount(indices.shape);
  const flatUpdates = reshapedFrom(updates, [count, width]);
  if (typeof rows === "number" && rows <= ONE_HOT_ROWS && x.dtype !== "i32") {
    const column = context.node("Cast", [reshapedFrom(indices, [count])], { to: 7 });
    const hot = context.node("OneHot", [column, context.integers([rows]), context.constant(offOn(x.dtype))], { axis: -1 });
    const addend = isZero(x) ? [] : [reshapedFrom(x, [rows, width])];
    return back(context.node("Gemm", [hot, flatUpdates, ...addend], { transA: 1 }));
  }
  const column = reshapedFrom(indices, [count, 1]);
  const index = context.node("Expand", [column, context.shape([count, width])]);
  return back(context.node("ScatterElements", [reshapedFrom(x, [rows, width]), index, flatUpdates], { axis: 0, reduction: "add" }));

  function reshapedFrom(tensor: Tensor, shape: Shape): string {
    return tensor.shape.length === shape.length && shape.length === 2 && tensor !== indices
      ? context.value(tensor)
      : reshaped(context.value(tensor), shape, context);
  }
  function back(name: string): string {
    return x.shape.length === 2 ? name : reshaped(name, x.shape, context);
  }
};

const offOn = (dtype: Tensor["dtype"]) =>
  dtype === "f64"
    ? ({ data: Float64Array.of(0, 1), shape: [2], dtype } as const)
    : ({ data: Float32Array.of(0, 1), shape: [2], dtype: "f32" } as const);

export const indexing: LoweringTable = { gather, scatterAdd };

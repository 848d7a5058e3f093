import {
  type Dim,
  elementCount,
  isRequired,
  type NdArray,
  type Shape,
  sameShape,
  type Tensor,
} from "@throughtime/core";
import type { Graph, GraphNode } from "../graph.js";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";
import { reshaped } from "./shape.js";

const gather: Lowering = (node, context) => {
  const [x, indices] = node.inputs as readonly [Tensor, Tensor];
  // 0 … size − 1 at indices that are in range is those indices.
  if (isRequired(node.outputs[0] as Tensor)) return context.value(indices);
  return context.node("Gather", [context.value(x), context.value(indices)], { axis: 0 });
};

/** So many added elements ONNX Runtime never divides among threads (its cost model starts a second one at 200,000). */
const SEQUENTIAL = 150_000;
/** Above this many elements, copying the table for every piece costs more than ScatterElements. */
const SMALL_TABLE = 1 << 20;

/**
 * Exact and repeatable with duplicate indices at every number of threads, where ScatterND with a reduction races on more
 * than one: small tables are added to in pieces that ScatterND does on one thread, in order; for large ones
 * ScatterElements, which is slower and adds in that order too.
 */
const scatterAdd: Lowering = (node, context) => {
  const [x, indices, updates] = node.inputs as readonly [Tensor, Tensor, Tensor];
  const rows = x.shape[0] as Dim;
  const width = elementCount(x.shape.slice(1));
  const count = elementCount(indices.shape);
  if (width === 0) return context.value(x);
  const as = (tensor: Tensor, shape: Shape) =>
    sameShape(tensor.shape, shape) ? context.value(tensor) : reshaped(context.value(tensor), shape, context);
  const table = as(x, [rows, width]);
  const values = as(updates, [count, width]);
  const isSmall = typeof rows === "number" && typeof width === "number" && rows * width <= SMALL_TABLE;
  const sum = isSmall
    ? scatterInPieces(table, x.dtype, [rows, width], as(indices, [count, 1]), values, count, context)
    : context.node(
        "ScatterElements",
        [table, context.node("Expand", [as(indices, [count, 1]), context.shape([count, width])]), values],
        {
          axis: 0,
          reduction: "add",
        },
      );
  return x.shape.length === 2 ? sum : reshaped(sum, x.shape, context);
};

/** ScatterND over so many rows at a time that one thread does them, in a Loop that hands the table on. */
function scatterInPieces(
  table: string,
  dtype: NdArray["dtype"],
  shape: readonly [number, number],
  indices: string,
  values: string,
  count: Dim,
  context: LoweringContext,
): string {
  const piece = Math.max(1, Math.floor(SEQUENTIAL / shape[1]));
  const index = context.node("Cast", [indices], { to: 7 });
  if (typeof count === "number" && count <= piece)
    return context.node("ScatterND", [table, index, values], { reduction: "add" });
  const size = context.integers([piece]);
  const pieces = context.node("Div", [context.node("Add", [context.size(count), context.integers([piece - 1])]), size]);
  const zero = context.integers([0]);
  const name = (part: string) => `${index}/${part}`;
  const node = (opType: string, inputs: readonly string[], output: string, attributes = {}): GraphNode => ({
    name: name(output),
    opType,
    domain: "",
    inputs,
    outputs: [name(output)],
    attributes,
  });
  const body: Graph = {
    kind: "graph",
    name: name("piece"),
    inputs: [
      { name: name("i"), dtype: "i64", shape: [] },
      { name: name("go"), dtype: "bool", shape: [] },
      { name: name("table"), dtype, shape },
    ],
    outputs: [
      { name: name("goOn"), dtype: "bool", shape: [] },
      { name: name("sum"), dtype, shape },
    ],
    nodes: [
      node("Identity", [name("go")], "goOn"),
      node("Mul", [name("i"), size], "start"),
      node("Add", [name("start"), size], "end"),
      node("Slice", [index, name("start"), name("end"), zero], "rows"),
      node("Slice", [values, name("start"), name("end"), zero], "updates"),
      node("ScatterND", [name("table"), name("rows"), name("updates")], "sum", { reduction: "add" }),
    ],
    initializers: [],
  };
  return context.node("Loop", [pieces, context.scalar(1, "bool"), table], { body });
}

/** The same sums, bit for bit, where it is known that one thread runs the model: it adds in order without pieces. */
const scatterAddInOrder: Lowering = (node, context) => {
  const [x, indices, updates] = node.inputs as readonly [Tensor, Tensor, Tensor];
  const [index, values] = [indices, updates].map((tensor) => context.value(tensor)) as [string, string];
  const tuples = reshaped(index, [...indices.shape, 1], context);
  return context.node("ScatterND", [context.value(x), context.node("Cast", [tuples], { to: 7 }), values], {
    reduction: "add",
  });
};

export const indexing: LoweringTable = { gather, scatterAdd };

/** Lowerings for sessions with a single thread. */
export const ONE_THREAD: LoweringTable = { scatterAdd: scatterAddInOrder };

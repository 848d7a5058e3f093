import { flattenTree, inlineComposites, isNdArray, type Program } from "@throughtime/core";
import { withoutEmpty } from "./empty.js";
import { encodeModel } from "./encode.js";
import type { Graph } from "./graph.js";
import { COMPOSITES } from "./lower/composites.js";
import type { LoweringTable } from "./lower/context.js";
import { RECURRENT } from "./lower/recurrent.js";
import { PRIMITIVES } from "./lower/table.js";
import { buildGraph } from "./model.js";
import { unrollScans } from "./unroll.js";
import { VERSION } from "./version.js";

export interface OnnxOptions {
  /** The graph's name. Default "program". */
  readonly name?: string;
  /** Names of the model's inputs and outputs. Default: the Program's own, which are paths such as `0.W`. */
  readonly inputNames?: readonly string[];
  readonly outputNames?: readonly string[];
  /** Further lowerings, which go before our own. A composite without one is written as what it lowers to. */
  readonly lowerings?: LoweringTable;
  /**
   * What the cells' whole sequences become: ONNX's LSTM, GRU and RNN ("operators", default), or the loops that they lower
   * to ("loops"), for runtimes without these operators.
   */
  readonly recurrent?: "operators" | "loops";
  /** A tree of host arrays: the model's initializers that were made of one have its path as their name, `cell.0.W`. */
  readonly params?: unknown;
  /**
   * Whether sizes with names may be 0 ("any", default): loops and recurrent operators then stand in an If, since ONNX Runtime
   * fails at zero steps, and a GRU over none ends its process. "positive" leaves the If out.
   */
  readonly sizes?: "any" | "positive";
  /**
   * Scans as loops (Scan, default), or written out step by step, for runtimes without loops; their lengths must then be
   * numbers (see bind).
   */
  readonly scan?: "loop" | "unroll";
  /** Goes into the model's description. */
  readonly description?: string;
  /** Key and value pairs kept beside the graph. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The operator set that models are written for: ONNX 1.16 (2024). */
export const OPSET = 21;

/**
 * A Program as the bytes of an ONNX model. Named sizes are dynamic axes. Throws UnsupportedOpError for an op without a
 * lowering, ShapeError where a named size cannot be read off the inputs.
 */
export const toOnnx = (program: Program, options: OnnxOptions = {}): Uint8Array =>
  encodeGraph(toGraph(program, options), options);

/** The graph that toOnnx writes, as plain data: to inspect, or to change before it is written with encodeGraph. */
export function toGraph(program: Program, options: OnnxOptions = {}): Graph {
  const recurrent = options.recurrent === "loops" ? {} : RECURRENT;
  const lowerings = { ...PRIMITIVES, ...COMPOSITES, ...recurrent, ...options.lowerings };
  const claimed = (op: string) => Object.hasOwn(lowerings, op);
  const inlined = inlineComposites(program, claimed);
  return buildGraph(withoutEmpty(options.scan === "unroll" ? unrollScans(inlined) : inlined), {
    name: options.name ?? "program",
    lowerings,
    inputNames: options.inputNames ?? program.inputs.map((_, i) => program.inputNames?.[i] || `in${i}`),
    outputNames: options.outputNames ?? program.outputs.map((_, i) => program.outputNames?.[i] || `out${i}`),
    constantNames: namesOf(options.params),
    guards: options.sizes !== "positive",
  });
}

/** Whether toOnnx writes an op or a composite as it is; to pass to `optimize`, so that it stays as it is. */
export const isLowered = (op: string): boolean =>
  [PRIMITIVES, COMPOSITES, RECURRENT].some((table) => Object.hasOwn(table, op));

/** Paths by data. A parameter in two places has the name of its first. */
function namesOf(params: unknown): ReadonlyMap<object, string> {
  const { leaves, paths } = flattenTree(params ?? {}, isNdArray);
  return new Map(leaves.map(({ data }, i): [object, string] => [data, paths[i] as string]).reverse());
}

/** A graph as the bytes of an ONNX model. */
export const encodeGraph = (graph: Graph, { description = "", metadata = {} }: OnnxOptions = {}): Uint8Array =>
  encodeModel(graph, {
    opset: OPSET,
    producerName: "throughtime",
    producerVersion: VERSION,
    docString: description,
    domains: {},
    metadata,
  });

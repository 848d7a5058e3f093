import {
  constant,
  type DType,
  flattenTree,
  inlineComposites,
  isNdArray,
  makeProgram,
  type NdArray,
  OptionError,
  optionsOf,
  type Program,
  replay,
  sameShape,
  typeText,
} from "@throughtime/core";
import { withoutEmpty } from "./empty.js";
import { encodeModel } from "./encode.js";
import type { Graph } from "./graph.js";
import { COMPOSITES } from "./lower/composites.js";
import type { LoweringTable } from "./lower/context.js";
import { IMAGES } from "./lower/images.js";
import { RECURRENT } from "./lower/recurrent.js";
import { PRIMITIVES } from "./lower/table.js";
import { buildGraph } from "./model.js";
import { unrollScans } from "./unroll.js";
import { VERSION } from "./version.js";

export interface OnnxOptions {
  /** The graph's name. Default "program". */
  readonly name?: string;
  /** Names of the model's inputs, without params, and outputs. Default: the Program's own, which are paths such as `0.W`. */
  readonly inputNames?: readonly string[];
  readonly outputNames?: readonly string[];
  /** Further lowerings, which go before our own. A composite without one is written as what it lowers to. */
  readonly lowerings?: LoweringTable;
  /**
   * What the cells' whole sequences become: ONNX's LSTM, GRU and RNN ("operators", default), or the loops that they lower
   * to ("loops"), for runtimes without these operators.
   */
  readonly recurrent?: "operators" | "loops";
  /**
   * Values of the Program's first inputs, a tree of host arrays: they are no inputs of the model but its initializers, named by
   * their paths, `cell.0.W`.
   */
  readonly params?: unknown;
  /**
   * Whether sizes with names may be 0 ("any", default): loops and recurrent operators are then inside an If, since ONNX Runtime
   * fails at zero steps, and a GRU over none ends its process; so do products of stacks of matrices that sum over one, which are
   * wrong then. "positive" leaves the If out.
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

const OPTIONS = [
  ...(["name", "inputNames", "outputNames", "lowerings", "recurrent", "params", "sizes", "scan"] as const),
  ...(["description", "metadata"] as const),
];

/** The operator set that models are written for: ONNX 1.16 (2024). */
export const OPSET = 21;

/**
 * A Program as the bytes of an ONNX model. Named sizes are dynamic axes. Throws UnsupportedOpError for an op without a
 * lowering, ShapeError where a named size cannot be read off the inputs.
 */
export const toOnnx = (program: Program, options: OnnxOptions = {}): Uint8Array =>
  encodeGraph(toGraph(program, options), options);

/** The graph that toOnnx writes, as plain data: to inspect, or to change before it is written with encodeGraph. */
export function toGraph(given: Program, options: OnnxOptions = {}): Graph {
  optionsOf("toOnnx", options, ...OPTIONS);
  const { leaves, paths } = flattenTree(options.params ?? {}, isNdArray);
  const program = withConstants(given, leaves, paths);
  const table = general(options.recurrent, options.lowerings);
  const inlined = inlineComposites(program, claims(table));
  return buildGraph(withoutEmpty(options.scan === "unroll" ? unrollScans(inlined) : inlined), {
    name: options.name ?? "program",
    lowerings: { ...IMAGES, ...table },
    inputNames: options.inputNames ?? program.inputs.map((_, i) => program.inputNames?.[i] || `in${i}`),
    outputNames: options.outputNames ?? program.outputs.map((_, i) => program.outputNames?.[i] || `out${i}`),
    // Of a parameter in two places, the first.
    constantNames: new Map(leaves.map(({ data }, i): [object, string] => [data, paths[i] as string]).reverse()),
    guards: options.sizes !== "positive",
  });
}

/** Lowerings for whatever dtype; those of IMAGES are for f32 alone. */
const general = (recurrent: OnnxOptions["recurrent"], own: LoweringTable = {}): LoweringTable => ({
  ...PRIMITIVES,
  ...COMPOSITES,
  ...(recurrent === "loops" ? {} : RECURRENT),
  ...own,
});

const claims = (table: LoweringTable) => (op: string, dtype: DType) =>
  Object.hasOwn(table, op) || (dtype === "f32" && Object.hasOwn(IMAGES, op));

/**
 * Which ops and composites toOnnx writes as they are; to pass to `optimize`, so that it leaves them. `recurrent`: as for toOnnx.
 *
 * @example toOnnx(optimize(program, loweredOps()).program)
 */
export const loweredOps = (
  recurrent: OnnxOptions["recurrent"] = "operators",
): ((op: string, dtype: DType) => boolean) => claims(general(recurrent));

/** The Program with its first inputs as constants. Throws OptionError where they are others. */
function withConstants(program: Program, values: readonly NdArray[], paths: readonly string[]): Program {
  if (values.length === 0) return program;
  values.forEach((value, i) => {
    const input = program.inputs[i];
    if (input && input.dtype === value.dtype && sameShape(input.shape, value.shape)) return;
    throw new OptionError(
      `toOnnx: params.${paths[i]} is ${typeText(value)}, but input ${i} of the Program is ${input ? typeText(input) : "not there"}. Trace a function whose first argument is params.`,
      { path: paths[i], received: value.shape, expected: input?.shape },
    );
  });
  const rest = program.inputs.slice(values.length);
  const outputs = replay(program, [...values.map((value) => constant(value)), ...rest]);
  const { inputNames, outputNames } = program;
  return makeProgram(rest, outputs, { inputNames: inputNames?.slice(values.length), outputNames });
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

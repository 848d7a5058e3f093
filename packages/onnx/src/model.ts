import {
  constantOp,
  dimKey,
  type NdArray,
  type Node,
  type Program,
  type Tensor,
  type Type,
  UnsupportedOpError,
} from "@throughtime/core";
import { type Constants, constantsOf } from "./constants.js";
import { type Attribute, type Graph, type GraphNode, type GraphValue, isGraph } from "./graph.js";
import type { BodyOptions, LoweringContext, LoweringTable } from "./lower/context.js";
import { type Names, uniqueNames } from "./names.js";
import { plan } from "./plan/plan.js";
import { type Sizes, sizesOf } from "./sizes.js";

export interface BuildOptions {
  readonly name: string;
  readonly lowerings: LoweringTable;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Names of constants by their data. */
  readonly constantNames: ReadonlyMap<object, string>;
  readonly guards: boolean;
}

/** What all graphs of one model share: names are unique throughout, and constants and sizes stand in the outermost one. */
interface Model {
  readonly lowerings: LoweringTable;
  readonly names: Names;
  readonly constants: Constants;
  readonly sizes: Sizes;
  readonly guards: boolean;
  readonly emptySums: boolean;
}

/** A graph while nodes are added to it. */
interface Scope {
  /** Stands before the names of its nodes. */
  readonly path: string;
  readonly nodes: GraphNode[];
  readonly values: Map<Tensor, string>;
  /** The Program's op that is being lowered: nodes and their outputs are named after it, so that errors can be read. */
  current: string;
}

/** Ops that cost nothing until somebody asks for their value; where nobody does, they are not made. */
const ON_DEMAND = new Set(["constant", "broadcast", "size", "iota"]);

/** Lowers a Program to one ONNX graph. Throws UnsupportedOpError naming the op that has no lowering. */
export function buildGraph(program: Program, options: BuildOptions): Graph {
  const names = uniqueNames();
  const inputNames = options.inputNames.map(names);
  const outputNames = options.outputNames.map(names);
  const constants = constantsOf(names, options.constantNames);
  const prologue: GraphNode[] = [];
  const sizes = sizesOf(program, inputNames, constants.integers, (opType, inputs, attributes = {}) => {
    const output = names(opType);
    prologue.push({ name: output, opType, domain: "", inputs, outputs: [output], attributes });
    return output;
  });
  const { lowerings, guards } = options;
  const model: Model = { lowerings, names, constants, sizes, guards, emptySums: guards };
  const scope: Scope = { path: "", nodes: [], values: new Map(), current: "" };
  program.inputs.forEach((input, i) => scope.values.set(input, inputNames[i] as string));
  lowerInto(scope, program, model);
  const outputs = ownOutputs(scope, program, model);
  const promised = new Map(outputs.map(({ name }, i) => [name, outputNames[i] as string]));
  return {
    kind: "graph",
    name: options.name,
    inputs: program.inputs.map((input, i) => graphValue(inputNames[i] as string, input)),
    outputs: outputs.map((output) => ({ ...output, name: promised.get(output.name) as string })),
    nodes: [...prologue, ...renamed(scope.nodes, promised)],
    initializers: constants.all(),
  };
}

function lowerInto(scope: Scope, program: Program, model: Model): void {
  const { at, covered } = plan(program);
  const context = contextOf(scope, model);
  for (const node of program.equations) {
    scope.current = node.op.name;
    at.get(node)?.emit(context, (tensor, name) => scope.values.set(tensor, name));
    if (!covered.has(node) && !ON_DEMAND.has(node.op.name)) lowerNode(node, scope, context, model);
  }
}

function lowerNode(node: Node, scope: Scope, context: LoweringContext, { lowerings }: Model): void {
  const { name } = node.op;
  const lowering = Object.hasOwn(lowerings, name) ? lowerings[name] : undefined;
  if (!lowering) {
    throw new UnsupportedOpError(
      `toOnnx: the op ${name} has no lowering to ONNX. Give one in the option lowerings, or write it in ops that have one.`,
      { op: name },
    );
  }
  const before = scope.current;
  scope.current = name;
  const result = lowering(node, context);
  scope.current = before;
  const outputs = typeof result === "string" ? [result] : result;
  node.outputs.forEach((output, i) => scope.values.set(output, outputs[i] as string));
}

function contextOf(scope: Scope, model: Model): LoweringContext {
  const { names, constants, sizes } = model;
  const nodes: LoweringContext["nodes"] = (
    opType,
    inputs,
    count,
    attributes: Readonly<Record<string, Attribute>> = {},
  ) => {
    const name = names(scope.path + scope.current);
    const outputs = count === 1 ? [name] : Array.from({ length: count }, (_, i) => names(`${name}.${i}`));
    scope.nodes.push({ name, opType, domain: "", inputs, outputs, attributes });
    return outputs;
  };
  const context: LoweringContext = {
    nodes,
    node: (opType, inputs, attributes) => nodes(opType, inputs, 1, attributes)[0] as string,
    value(tensor) {
      if (!scope.values.has(tensor)) lowerNode(tensor.node, scope, context, model);
      return scope.values.get(tensor) as string;
    },
    constant: constants.array,
    scalar: constants.scalar,
    integers: constants.integers,
    size: sizes.size,
    shape: sizes.shape,
    fixed: ({ node }) => (node.op.name === constantOp.name ? (node.params as { value: NdArray }).value : undefined),
    guards: model.guards,
    emptySums: model.emptySums,
    isParameter: constants.isNamed,
    branch(name, types, build) {
      const path = names(`${scope.path}${name}`);
      const inner: Scope = { path: `${path}/`, nodes: [], values: new Map(scope.values), current: scope.current };
      const made = build(contextOf(inner, model));
      const outputs = ownNames(made, inner, model).map((output, i) => graphValue(output, types[i] as Type));
      return { kind: "graph", name: path, inputs: [], outputs, nodes: inner.nodes, initializers: [] };
    },
    body: (program, captures, options) =>
      bodyGraph(program, captures, options, { ...model, emptySums: options.emptySums ?? model.emptySums }),
  };
  return context;
}

function bodyGraph(program: Program, captures: readonly string[], options: BodyOptions, model: Model): Graph {
  const name = model.names(options.name);
  const scope: Scope = { path: `${name}/`, nodes: [], values: new Map(), current: "" };
  const own = program.inputs.slice(captures.length);
  program.inputs.forEach((input, i) => {
    const hint = options.inputNames[i - captures.length] ?? "in";
    scope.values.set(input, captures[i] ?? model.names(scope.path + hint));
  });
  lowerInto(scope, program, model);
  return {
    kind: "graph",
    name,
    outputs: ownOutputs(scope, program, model),
    inputs: [
      ...own.map((input) => graphValue(scope.values.get(input) as string, input)),
      ...(options.unread ?? []).map((type) => graphValue(model.names(`${scope.path}unread`), type)),
    ],
    nodes: scope.nodes,
    initializers: [],
  };
}

function ownOutputs(scope: Scope, program: Program, model: Model): GraphValue[] {
  const context = contextOf(scope, model);
  scope.current = "output";
  const names = ownNames(program.outputs.map(context.value), scope, model);
  return program.outputs.map((output, i) => graphValue(names[i] as string, output));
}

/** A graph's outputs: ONNX wants each to be made by one of its own nodes, and to be listed once. */
function ownNames(outputs: readonly string[], scope: Scope, model: Model): string[] {
  scope.current = "output";
  const context = contextOf(scope, model);
  const listed = new Set<string>();
  return outputs.map((name) => {
    const own = !listed.has(name) && scope.nodes.some((node) => node.outputs.includes(name));
    const result = own ? name : context.node("Identity", [name]);
    listed.add(result);
    return result;
  });
}

const graphValue = (name: string, { shape, dtype }: Type): GraphValue => ({
  name,
  dtype,
  shape: shape.map((d) => (typeof d === "number" ? d : dimKey(d))),
});

/** The same nodes with other names for some values, in bodies too. */
function renamed(nodes: readonly GraphNode[], names: ReadonlyMap<string, string>): GraphNode[] {
  const rename = (name: string) => names.get(name) ?? name;
  return nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([key, value]) => [
        key,
        isGraph(value) ? { ...value, nodes: renamed(value.nodes, names) } : value,
      ]),
    ),
  }));
}

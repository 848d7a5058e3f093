import type { Attribute, ElementType, Graph, GraphInitializer, GraphNode, GraphValue } from "@throughtime/onnx";

type Attributes = Readonly<Record<string, Attribute>>;
type Shape = readonly (number | string)[];

/** Writes down an ONNX graph node by node. Values are their names. */
export interface GraphBuilder {
  input(name: string, dtype: ElementType, shape: Shape): string;
  output(value: string, dtype: ElementType, shape: Shape): void;
  node(opType: string, inputs: readonly string[], attributes?: Attributes, output?: string): string;
  /** A node with several outputs: their number, or their names. */
  nodes(
    opType: string,
    inputs: readonly string[],
    outputs: number | readonly string[],
    attributes?: Attributes,
  ): string[];
  scalar(value: number): string;
  integers(...values: readonly number[]): string;
  floats(shape: readonly number[], values: readonly number[]): string;
  /** A loop's body: sees this graph's values and keeps its constants there. */
  body(name: string): GraphBuilder;
  graph(): Graph;
}

interface Shared {
  count: number;
  readonly constants: Map<string, GraphInitializer>;
}

export const graphBuilder = (name: string): GraphBuilder => builder(name, { count: 0, constants: new Map() }, true);

function builder(name: string, shared: Shared, outermost: boolean): GraphBuilder {
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const nodes: GraphNode[] = [];
  const fresh = (hint: string): string => `${hint}_${shared.count++}`;

  const constant = (dtype: ElementType, shape: readonly number[], view: ArrayBufferView): string => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const key = `${dtype}[${shape.join()}]${bytes.join()}`;
    const known = shared.constants.get(key);
    if (known) return known.name;
    const made = { name: fresh("const"), dtype, shape, bytes };
    shared.constants.set(key, made);
    return made.name;
  };
  const addNode: GraphBuilder["nodes"] = (opType, from, to, attributes = {}) => {
    const made = typeof to === "number" ? Array.from({ length: to }, () => fresh(opType)) : [...to];
    nodes.push({ name: made[0] as string, opType, domain: "", inputs: from, outputs: made, attributes });
    return made;
  };

  return {
    input(inputName, dtype, shape) {
      inputs.push({ name: inputName, dtype, shape });
      return inputName;
    },
    output(value, dtype, shape) {
      outputs.push({ name: value, dtype, shape });
    },
    node: (opType, from, attributes, output) =>
      addNode(opType, from, output === undefined ? 1 : [output], attributes)[0] as string,
    nodes: addNode,
    scalar: (value) => constant("f32", [], Float32Array.of(value)),
    integers: (...values) => constant("i64", [values.length], BigInt64Array.from(values, BigInt)),
    floats: (shape, values) => constant("f32", shape, Float32Array.from(values)),
    body: (bodyName) => builder(bodyName, shared, false),
    graph: () => ({
      kind: "graph",
      name,
      inputs,
      outputs,
      nodes,
      initializers: outermost ? [...shared.constants.values()] : [],
    }),
  };
}

/** The elementwise and matrix ops that a step is made of, as calls. */
export function opsOf(g: GraphBuilder) {
  const unary = (opType: string) => (x: string) => g.node(opType, [x]);
  const binary = (opType: string) => (a: string, b: string) => g.node(opType, [a, b]);
  return {
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    exp: unary("Exp"),
    sigmoid: unary("Sigmoid"),
    tanh: unary("Tanh"),
    gather: binary("Gather"),
    /** a·b + c, with either operand transposed first; alpha scales the product. */
    gemm: (a: string, b: string, c?: string, attributes: Attributes = {}, output?: string) =>
      g.node("Gemm", c === undefined ? [a, b] : [a, b, c], attributes, output),
    concat: (parts: readonly string[], axis: number) => g.node("Concat", parts, { axis }),
    split: (x: string, sizes: readonly number[], axis: number) =>
      g.nodes("Split", [x, g.integers(...sizes)], sizes.length, { axis }),
    transpose: (x: string, ...perm: readonly number[]) => g.node("Transpose", [x], { perm }),
    reshape: (x: string, ...shape: readonly number[]) => g.node("Reshape", [x, g.integers(...shape)]),
    slice: (x: string, start: number, end: number, axis: number) =>
      g.node("Slice", [x, g.integers(start), g.integers(end), g.integers(axis)]),
    sum: (x: string, axis: number) => g.node("ReduceSum", [x, g.integers(axis)], { keepdims: 0 }),
  };
}

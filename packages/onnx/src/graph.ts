import type { NdArray } from "@throughtime/core";

/** Element types of ONNX values that we write. Shapes and indices inside a graph are i64, which no tensor of ours is. */
export type ElementType = NdArray["dtype"] | "i64";

/** A fixed tensor of the model. */
export interface GraphInitializer {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** An input or output of a graph. Dims that are not numbers are names: dynamic axes. */
export interface GraphValue {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly (number | string)[];
}

/** A node's attribute: an integer, a float, text, texts, integers or a graph (the body of a Scan). */
export type Attribute =
  | number
  | { readonly float: number }
  | string
  | { readonly strings: readonly string[] }
  | readonly number[]
  | Graph;

export interface GraphNode {
  readonly name: string;
  readonly opType: string;
  /** "" is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** An ONNX graph as plain data, before it is written. A body reads values of the graphs around it by name. */
export interface Graph {
  readonly kind: "graph";
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly GraphInitializer[];
}

export const isGraph = (attribute: Attribute): attribute is Graph =>
  typeof attribute === "object" && "kind" in attribute && attribute.kind === "graph";

/** How often each operator occurs in a graph; those in bodies are counted under "Scan/…". */
export function countNodes(graph: Graph, prefix = "", into: Record<string, number> = {}): Record<string, number> {
  for (const { opType, attributes } of graph.nodes) {
    const key = prefix + opType;
    into[key] = (into[key] ?? 0) + 1;
    for (const attribute of Object.values(attributes)) if (isGraph(attribute)) countNodes(attribute, `${key}/`, into);
  }
  return into;
}

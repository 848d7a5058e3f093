import type { Shape } from "./dim.js";
import { shapeText } from "./dim.js";
import type { DType } from "./dtype.js";
import type { Op } from "./op.js";

/** What is known of a value before it exists. */
export interface Type {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * A symbolic value: one output of one node of the graph that a user's function builds as it runs. Immutable; two
 * tensors are the same value only if they are the same object.
 */
export interface Tensor extends Type {
  readonly kind: "tensor";
  readonly node: Node;
  /** Which of the node's outputs. */
  readonly index: number;
}

/** One application of an op. Nodes are made in order, so ids sort them topologically. */
export interface Node<P extends object = object> {
  readonly id: number;
  readonly op: Op<P>;
  readonly params: P;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The innermost trace that this value depends on: 0 for none (constants), else the id of that trace's placeholders. */
  readonly scope: number;
}

// Ids only order nodes and tell traces apart; no result depends on their values.
let lastId = 0;
export const nextId = (): number => ++lastId;

/** Makes a node after its shape rule was consulted. Everything that builds graphs ends here. */
export function makeNode<P extends object>(
  op: Op<P>,
  inputs: readonly Tensor[],
  params: P,
  types: readonly Type[],
  scope = inputs.reduce((innermost, { node }) => Math.max(innermost, node.scope), 0),
): Node<P> {
  const outputs: Tensor[] = [];
  const node: Node<P> = { id: nextId(), op, params, inputs, outputs, scope };
  for (const [index, { shape, dtype }] of types.entries()) {
    outputs.push(Object.freeze({ kind: "tensor", shape, dtype, node: node as unknown as Node, index }));
  }
  return node;
}

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && (value as Tensor).kind === "tensor";

export const typeText = ({ shape, dtype }: Type): string => dtype + (shape.length === 0 ? "" : shapeText(shape));

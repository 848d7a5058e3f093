import { COPY, type Copy, otherCopy, THIS_COPY } from "./copy.js";
import type { Shape } from "./dim.js";
import { listed, shapeText } from "./dim.js";
import type { DType } from "./dtype.js";
import { ArgumentError } from "./errors.js";
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
    const tensor = { __proto__: TENSOR, kind: "tensor", shape, dtype, node: node as unknown as Node, index } as const;
    outputs.push(Object.freeze(tensor));
  }
  return node;
}

export function typeText(type: Type): string {
  const shape = listed("typeText", type?.shape);
  return type.dtype + (shape.length === 0 ? "" : shapeText(shape));
}

const describeTensor = (tensor: Tensor): string => `Tensor(${typeText(tensor)}, ${tensor.node.op.name})`;

/** What all tensors of this copy of the package inherit. It has no methods: it keeps tensors from being used as numbers. */
const TENSOR: object = Object.freeze({
  [COPY]: THIS_COPY,
  toString(this: Tensor): string {
    return describeTensor(this);
  },
  [Symbol.for("nodejs.util.inspect.custom")](this: Tensor): string {
    return describeTensor(this);
  },
  toJSON(this: Tensor): never {
    throw new ArgumentError(
      `JSON: ${describeTensor(this)} is a symbol for a value and holds no data. Return it from a compiled function, and download() that.`,
    );
  },
  [Symbol.toPrimitive](this: Tensor, hint: string): string {
    if (hint === "string") return describeTensor(this);
    throw new ArgumentError(
      `operator: ${describeTensor(this)} is a symbol for a value, and JavaScript's operators see no value in it. Write ` +
        "add(x, 1) for x + 1, mul(x, 2) for x * 2, greater(x, 0) for x > 0, equal(x, 1) for x == 1, and select() for if.",
    );
  },
});

/** Whether a value is a tensor. Throws ArgumentError where another copy of this package made it. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null || (value as Tensor).kind !== "tensor") return false;
  if (Object.getPrototypeOf(value) === TENSOR) return true;
  const other = (value as { [COPY]?: Copy })[COPY];
  if (other !== undefined) throw otherCopy(other);
  return false;
}

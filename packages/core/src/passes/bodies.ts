import { isProgram, type Program } from "../program.js";
import { makeNode, type Node, type Tensor, type Type } from "../tensor.js";

/** The node with each Program in its params passed through `pass`; undefined where that changes nothing. */
export function rewriteBodies(
  node: Node,
  inputs: readonly Tensor[],
  pass: (body: Program) => Program,
): readonly Tensor[] | undefined {
  let changed = false;
  const params = Object.fromEntries(
    Object.entries(node.params).map(([key, value]) => {
      if (!isProgram(value)) return [key, value];
      const next = pass(value);
      changed ||= next !== value;
      return [key, next];
    }),
  );
  if (!changed) return undefined;
  const types = node.op.shape(inputs, params);
  return makeNode(node.op, inputs, params, Array.isArray(types) ? types : [types as Type]).outputs;
}

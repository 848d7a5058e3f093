import {
  add,
  addOp,
  applyOp,
  matmulOp,
  type Program,
  rewriteProgram,
  sameShape,
  scanOp,
  type Tensor,
  type Users,
  usersOf,
} from "@throughtime/core";
import { isOp } from "./is-op.js";

/**
 * In loops, (a·b + x) + y → (x + y) + a·b: a Gemm adds one matrix to its product, and ONNX Runtime applies the function
 * that follows a Gemm while it makes it.
 */
export function productsLast(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    if (!isOp(node, scanOp)) return undefined;
    const body = reordered(node.params.body);
    return body === node.params.body ? undefined : applyOp(scanOp, inputs, { ...node.params, body });
  });
}

function reordered(body: Program): Program {
  const users = usersOf(body);
  return rewriteProgram(body, (node, _, env) => {
    if (!isOp(node, addOp)) return undefined;
    const y = node.outputs[0] as Tensor;
    for (const [sum, other] of inBothOrders(node.inputs)) {
      const inner = isOnlyFor(sum, users) && isOp(sum.node, addOp) ? inBothOrders(sum.node.inputs) : [];
      const found = inner.find(([product]) => isOnlyFor(product, users) && isOp(product.node, matmulOp));
      if (!found || isOp(other.node, matmulOp)) continue;
      const [product, x] = found;
      if (![product, x, other].every(({ shape }) => sameShape(shape, y.shape))) continue;
      const [p, a, b] = [product, x, other].map((tensor) => env.get(tensor) as Tensor) as [Tensor, Tensor, Tensor];
      return [add(add(a, b), p)];
    }
    return undefined;
  });
}

const isOnlyFor = (tensor: Tensor, users: Users): boolean => users.get(tensor)?.length === 1;

const inBothOrders = (inputs: readonly Tensor[]): [Tensor, Tensor][] => {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  return [
    [a, b],
    [b, a],
  ];
};

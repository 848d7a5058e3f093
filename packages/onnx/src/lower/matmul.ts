import type { MatmulParams, Node, Shape, Tensor } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";
import { guarded } from "./guard.js";
import { summedOver } from "./over-nothing.js";

/** alpha times a product of two matrices, plus a third that broadcasts to the result where there is one. */
export function gemm(node: Node, context: LoweringContext, addend?: string, alpha = 1): string {
  const { transposeA, transposeB } = node.params as MatmulParams;
  const inputs = node.inputs.map((input) => context.value(input));
  if (addend === undefined && alpha === 1 && !transposeA && !transposeB) return context.node("MatMul", inputs);
  return context.node("Gemm", addend === undefined ? inputs : [...inputs, addend], {
    ...(transposeA ? { transA: 1 } : {}),
    ...(transposeB ? { transB: 1 } : {}),
    ...(alpha === 1 ? {} : { alpha: { float: alpha } }),
  });
}

const matmul: Lowering = (node, context) => {
  const [a, b] = node.inputs as readonly [Tensor, Tensor];
  if (a.shape.length === 2) return gemm(node, context);
  const { transposeA, transposeB } = node.params as MatmulParams;
  const [left, right] = [context.value(a), context.value(b)];
  const product = (inner: LoweringContext) => [
    inner.node("MatMul", [turned(left, a, transposeA, inner), turned(right, b, transposeB, inner)]),
  ];
  const over = summedOver(node);
  if (!over.includes(0) && (over.length === 0 || !context.emptySums)) return product(context);
  const zeros = (inner: LoweringContext) => [
    inner.node("Expand", [inner.scalar(0, a.dtype), inner.shape(node.outputs[0]?.shape as Shape)]),
  ];
  return guarded(node, over, context, zeros, product);
};

/** Runtimes fold the Transpose into the product where they can. */
function turned(value: string, { shape }: Tensor, transposed: boolean, context: LoweringContext): string {
  if (!transposed) return value;
  const rank = shape.length;
  const perm = shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return context.node("Transpose", [value], { perm });
}

export const products: LoweringTable = { matmul };

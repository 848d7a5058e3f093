import type { MatmulParams, Node, Tensor } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";

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
  return context.node("MatMul", [turned(a, transposeA, context), turned(b, transposeB, context)]);
};

/** Runtimes fold the Transpose into the product where they can. */
function turned(x: Tensor, transposed: boolean, context: LoweringContext): string {
  const value = context.value(x);
  if (!transposed) return value;
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return context.node("Transpose", [value], { perm });
}

export const products: LoweringTable = { matmul };

import { constantOp, dimKey, type NdArray, type Node, type Shape, sameShape, type Tensor } from "@throughtime/core";
import type { LoweringContext } from "../lower/context.js";
import { gemm } from "../lower/matmul.js";
import { isZero } from "../lower/shape.js";
import type { FusionRule, Uses } from "./plan.js";

/**
 * c ± k·(a·b) for matrices and a fixed number k: one Gemm, which starts its sums from c; without c where that is zero. A
 * scalar c is left out: ONNX Runtime's WebGPU kernel ends the process over it.
 */
export const gemms: FusionRule = (program, uses) =>
  program.equations.flatMap((node) => {
    const found = sumOf(node, uses);
    if (!found) return [];
    const { scaled, addend, sign } = found;
    return {
      nodes: [...scaled.nodes, node],
      at: node,
      emit: (context, bind) => {
        const source = isZero(addend) && !isParameter(addend, context) ? undefined : context.value(repeated(addend));
        bind(node.outputs[0] as Tensor, gemm(scaled.product, context, source, sign * scaled.alpha));
      },
    };
  });

/** A product of two matrices times a number. */
interface Scaled {
  readonly product: Node;
  readonly alpha: number;
  /** The equations that compute it, and nothing else. */
  readonly nodes: readonly Node[];
}

function sumOf({ op, inputs }: Node, uses: Uses): { scaled: Scaled; addend: Tensor; sign: 1 | -1 } | undefined {
  const [left, right] = inputs as readonly [Tensor, Tensor];
  const candidates: [term: Tensor, addend: Tensor, sign: 1 | -1][] =
    op.name === "add"
      ? [
          [left, right, 1],
          [right, left, 1],
        ]
      : op.name === "sub"
        ? [[right, left, -1]]
        : [];
  for (const [term, addend, sign] of candidates) {
    const scaled = uses(term) === 1 ? scaledProduct(term, uses) : undefined;
    const fits = fitsInto(addend.shape, term.shape) && (isZero(addend) || repeated(addend).shape.length > 0);
    if (scaled && fits) return { scaled, addend, sign };
  }
  return undefined;
}

function scaledProduct(term: Tensor, uses: Uses): Scaled | undefined {
  const { node } = term;
  if (isMatrixProduct(term)) return { product: node, alpha: 1, nodes: [node] };
  // Gemm's factor is a float of 32 bits.
  if (node.op.name !== "mul" || term.dtype !== "f32") return undefined;
  const [left, right] = node.inputs as readonly [Tensor, Tensor];
  const [factor, product] = isMatrixProduct(right) ? [left, right] : [right, left];
  const alpha = numberOf(factor);
  if (alpha === undefined || !isMatrixProduct(product) || uses(product) !== 1) return undefined;
  // A number that was repeated may widen what it is multiplied by; Gemm's does not.
  if (!sameShape(product.shape, term.shape)) return undefined;
  return { product: product.node, alpha, nodes: [product.node, node] };
}

const isMatrixProduct = ({ node, shape }: Tensor): boolean => node.op.name === "matmul" && shape.length === 2;

/** The number that a tensor is everywhere, where it is one constant number. */
function numberOf(tensor: Tensor): number | undefined {
  const { op, params } = repeated(tensor).node;
  const value = op.name === constantOp.name ? (params as { value: NdArray }).value : undefined;
  return value?.data.length === 1 ? value.data[0] : undefined;
}

/** Whether `shape` broadcasts to `to`, and does not widen it. */
const fitsInto = (shape: Shape, to: Shape): boolean =>
  shape.length <= to.length &&
  shape.every((d, i) => d === 1 || dimKey(d) === dimKey(to[i + to.length - shape.length] as Shape[number]));

/** Whether a model is to keep it, whatever its values are. */
function isParameter(tensor: Tensor, context: LoweringContext): boolean {
  const known = context.fixed(repeated(tensor));
  return known !== undefined && context.isParameter(known);
}

/** Gemm repeats its addend by itself. */
const repeated = (tensor: Tensor): Tensor =>
  tensor.node.op.name === "broadcast" ? (tensor.node.inputs[0] as Tensor) : tensor;

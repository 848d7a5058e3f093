import { dimKey, type Node, type Shape, type Tensor } from "@throughtime/core";
import { gemm } from "../lower/matmul.js";
import { isZero } from "../lower/shape.js";
import type { FusionRule } from "./plan.js";

/**
 * a·b + c for matrices: one Gemm, which starts its sums from c; just the product where c is zero. A scalar c is left out:
 * ONNX Runtime's WebGPU kernel ends the process over it.
 */
export const gemmAddends: FusionRule = (program, uses) =>
  program.equations.flatMap((node) => {
    if (node.op.name !== "add") return [];
    const [left, right] = node.inputs as readonly [Tensor, Tensor];
    const candidates: [Tensor, Tensor][] = [
      [left, right],
      [right, left],
    ];
    const found = candidates.find(
      ([product, addend]) =>
        isMatrixProduct(product.node) &&
        uses(product) === 1 &&
        fitsInto(addend.shape, product.shape) &&
        (isZero(addend) || repeated(addend).shape.length > 0),
    );
    if (!found) return [];
    const [product, addend] = found;
    return {
      nodes: [product.node, node],
      at: node,
      emit: (context, bind) => {
        const source = isZero(addend) ? undefined : context.value(repeated(addend));
        bind(node.outputs[0] as Tensor, gemm(product.node, context, source));
      },
    };
  });

const isMatrixProduct = ({ op, outputs }: Node): boolean => op.name === "matmul" && outputs[0]?.shape.length === 2;

/** Whether `shape` broadcasts to `to`, and does not widen it. */
const fitsInto = (shape: Shape, to: Shape): boolean =>
  shape.length <= to.length &&
  shape.every((d, i) => d === 1 || dimKey(d) === dimKey(to[i + to.length - shape.length] as Shape[number]));

/** Gemm repeats its addend by itself. */
const repeated = (addend: Tensor): Tensor =>
  addend.node.op.name === "broadcast" ? (addend.node.inputs[0] as Tensor) : addend;

import { addDim, type Dim } from "../dim.js";
import { add } from "../ops/add.js";
import { concatOp } from "../ops/concat.js";
import { type MatmulParams, matmul, matmulOp } from "../ops/matmul.js";
import { slice, sliceOp } from "../ops/slice.js";
import { type Program, rewriteProgram } from "../program.js";
import type { Node, Tensor } from "../tensor.js";
import { CARRIED, isOp, type Ranks, usersOf } from "./analysis.js";

/**
 * Products whose parts have different fates become one product each:
 *
 *     [x h]·W           →  x·W₁ + h·W₂        where `apart` says so of [x, h]
 *     slices of dz·Wᵀ   →  dz·slices of Wᵀ    where `apart` says so of the slices
 *
 * Textbooks write cells with one weight for the input joined with the state. What of it depends on the state has to stay
 * in the loop; the rest can leave only by itself.
 */
export function separateProducts(program: Program, apart: (tensors: readonly Tensor[]) => boolean): Program {
  const users = usersOf(program);
  const slicesOf = (y: Tensor): Tensor[] | undefined => {
    const readers = users.get(y) ?? [];
    const slices = readers.flatMap((user) => (user && isOp(user, sliceOp) ? user.outputs : []));
    return slices.length === readers.length && slices.length > 1 ? slices : undefined;
  };
  return rewriteProgram(program, (node, inputs, env) => {
    if (isOp(node, matmulOp)) {
      for (const operand of [0, 1] as const) {
        const joint = (node.inputs[operand] as Tensor).node;
        if (!isOp(joint, concatOp) || joint.params.axis !== contractionAxis(node, operand) || !apart(joint.inputs)) {
          continue;
        }
        const parts = joint.inputs.map((part) => env.get(part) as Tensor);
        return [sumOfParts(node, operand, parts, inputs[1 - operand] as Tensor)];
      }
    }
    if (isOp(node, sliceOp)) {
      const y = node.inputs[0] as Tensor;
      const slices = isOp(y.node, matmulOp) ? slicesOf(y) : undefined;
      return slices && apart(slices) ? productOfSlice(node, env.get(y) as Tensor) : undefined;
    }
    return undefined;
  });
}

/** Separates what depends on the carry from what does not. */
export function separateStill(program: Program, ranks: Ranks): Program {
  return separateProducts(program, (tensors) => {
    const carried = tensors.filter((tensor) => ranks.get(tensor) === CARRIED).length;
    return carried > 0 && carried < tensors.length;
  });
}

type Product = Node & { readonly params: MatmulParams };

/** The axis of an operand that is summed over. */
function contractionAxis({ inputs, params }: Product, operand: 0 | 1): number {
  const rank = (inputs[operand] as Tensor).shape.length;
  const isLast = operand === 0 ? !params.transposeA : params.transposeB;
  return rank - (isLast ? 1 : 2);
}

function sumOfParts(node: Product, operand: 0 | 1, parts: readonly Tensor[], other: Tensor): Tensor {
  const axis = contractionAxis(node, operand);
  const otherAxis = contractionAxis(node, operand === 0 ? 1 : 0);
  let end: Dim = 0;
  return parts
    .map((part) => {
      const start = end;
      end = addDim(start, part.shape[axis] as Dim);
      const own = slice(other, { axis: otherAxis, start, end });
      return operand === 0 ? matmul(part, own, node.params) : matmul(own, part, node.params);
    })
    .reduce((sum, product) => add(sum, product));
}

/** A slice of a product along one of its two last axes, as a product with a slice; `y` may have been rewritten. */
function productOfSlice(node: Node & { params: { axis: number; start: Dim; end: Dim } }, y: Tensor) {
  const { axis, start, end } = node.params;
  if (!isOp(y.node, matmulOp)) return undefined;
  const [a, b] = y.node.inputs as readonly [Tensor, Tensor];
  const { params } = y.node;
  const rank = y.shape.length;
  if (axis === rank - 1) return [matmul(a, slice(b, { axis: rank - (params.transposeB ? 2 : 1), start, end }), params)];
  if (axis === rank - 2) return [matmul(slice(a, { axis: rank - (params.transposeA ? 1 : 2), start, end }), b, params)];
  return undefined;
}

import { addDim, type Dim, elementCount, isStatic, type Shape, sameDim, sameShape, subDim } from "../dim.js";
import { evaluateProgram } from "../evaluate.js";
import { castArray, type NdArray } from "../ndarray.js";
import { apply, broadcastShapes, constant, constantOp } from "../op.js";
import { add, addOp } from "../ops/add.js";
import { broadcast, broadcastOp } from "../ops/broadcast.js";
import { castOp } from "../ops/cast.js";
import { concat, concatOp } from "../ops/concat.js";
import { divOp } from "../ops/div.js";
import { identityOp } from "../ops/identity.js";
import { matmulOp } from "../ops/matmul.js";
import { mul, mulOp } from "../ops/mul.js";
import { neg, negOp } from "../ops/neg.js";
import { padOp } from "../ops/pad.js";
import { reshape, reshapeOp } from "../ops/reshape.js";
import { select, selectOp } from "../ops/select.js";
import { slice, sliceOp } from "../ops/slice.js";
import { sub, subOp } from "../ops/sub.js";
import { sum, sumOp } from "../ops/sum.js";
import { transpose, transposeOp } from "../ops/transpose.js";
import { makeProgram, type Program, rebuild, rewriteProgram } from "../program.js";
import { scanOp } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { constantValue, isOp } from "./analysis.js";

/** Identities that hold for one node by what its operands are, and constants computed now. */
export function applyAlgebra(program: Program): Program {
  return rewriteProgram(program, (node, inputs) => {
    let outputs = rebuild(node, inputs);
    for (let better = simplifyNode((outputs[0] as Tensor).node); better; better = simplifyNode(better.node))
      outputs = [better];
    return outputs;
  });
}

/** A cheaper tensor for the node's one output; undefined where there is none. */
function simplifyNode(node: Node): Tensor | undefined {
  if (node.outputs.length !== 1) return undefined;
  const y = node.outputs[0] as Tensor;
  const better =
    fold(node) ??
    implicitBroadcast(node) ??
    arithmetic(node) ??
    views(node) ??
    sliced(node) ??
    joined(node) ??
    product(node);
  return better && sameShape(better.shape, y.shape) && better.dtype === y.dtype ? better : undefined;
}

const MAX_FOLDED = 1024;

function fold(node: Node): Tensor | undefined {
  const { op, inputs, outputs } = node;
  const y = outputs[0] as Tensor;
  if (inputs.length === 0 || isOp(node, scanOp) || op.lower || !isStatic(y.shape)) return undefined;
  if (!inputs.every((input) => (input.node.op as unknown) === constantOp)) return undefined;
  if (isOp(node, broadcastOp) || y.shape.reduce<number>((n, d) => n * (d as number), 1) > MAX_FOLDED) return undefined;
  const [value] = evaluateProgram(makeProgram([], [y]), []) as [NdArray];
  return constant(castArray(value, y.dtype));
}

/** Elementwise ops broadcast by themselves, so an operand need not be expanded for them. */
function implicitBroadcast({ op, inputs, params, outputs }: Node): Tensor | undefined {
  if (op.batch !== "elementwise" || inputs.length < 2) return undefined;
  for (const [i, input] of inputs.entries()) {
    if (!isOp(input.node, broadcastOp)) continue;
    const source = input.node.inputs[0] as Tensor;
    const operands = inputs.map((other, j) => (j === i ? source : other));
    if (
      sameShape(
        broadcastShapes(
          op.name,
          operands.map(({ shape }) => shape),
        ),
        (outputs[0] as Tensor).shape,
      )
    ) {
      return apply(op, operands, params);
    }
  }
  return undefined;
}

const isSingle = ({ shape }: Tensor) => shape.every((d) => d === 1);
const isNeg = (x: Tensor) => x.node.op === negOp;
const inner = (x: Tensor) => x.node.inputs[0] as Tensor;

function arithmetic({ op, inputs, outputs }: Node): Tensor | undefined {
  if (op.batch !== "elementwise") return undefined;
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const { shape } = outputs[0] as Tensor;
  // A scalar operand that would change the shape by broadcasting the other is left alone.
  const whole = (x: Tensor) => (sameShape(x.shape, shape) ? x : undefined);
  switch (op) {
    case addOp:
      if (constantValue(b) === 0) return whole(a);
      if (constantValue(a) === 0) return whole(b);
      if (isNeg(b)) return sub(a, inner(b));
      return isNeg(a) ? sub(b, inner(a)) : maskedSum(a, b);
    case subOp:
      if (constantValue(b) === 0) return whole(a);
      if (constantValue(a) === 0 && whole(b)) return neg(b);
      return isNeg(b) ? add(a, inner(b)) : undefined;
    case mulOp:
      if (constantValue(b) === 1) return whole(a);
      if (constantValue(a) === 1) return whole(b);
      if (constantValue(b) === -1 && whole(a)) return neg(a);
      if (constantValue(a) === -1 && whole(b)) return neg(b);
      return isNeg(a) && isNeg(b) ? mul(inner(a), inner(b)) : undefined;
    case divOp:
      return constantValue(b) === 1 ? whole(a) : undefined;
    case selectOp: {
      const [, , other] = inputs as readonly [Tensor, Tensor, Tensor];
      return isMasked(b, a, constantValue(other)) ? whole(b) : undefined;
    }
    case negOp:
      if (isNeg(a)) return inner(a);
      return a.node.op === subOp ? sub(a.node.inputs[1] as Tensor, a.node.inputs[0] as Tensor) : undefined;
    default:
      return undefined;
  }
}

/** select(m, a, 0) + select(m, b, 0) is select(m, a + b, 0). */
function maskedSum(a: Tensor, b: Tensor): Tensor | undefined {
  if (a.node.op !== selectOp || b.node.op !== selectOp || a.node.inputs[0] !== b.node.inputs[0]) return undefined;
  const [[live, x, zero], [, y, other]] = [a.node.inputs, b.node.inputs] as [Tensor[], Tensor[]];
  if (constantValue(zero as Tensor) !== 0 || constantValue(other as Tensor) !== 0) return undefined;
  return select(live as Tensor, add(x as Tensor, y as Tensor), zero as Tensor);
}

/** Whether x is `value` already wherever `live` does not hold. */
function isMasked(x: Tensor, live: Tensor, value: number | undefined): boolean {
  if (value === undefined) return false;
  const { node } = x;
  if (node.op === selectOp) return node.inputs[0] === live && constantValue(node.inputs[2] as Tensor) === value;
  // Along an axis on which the mask is the same, parts are masked as the whole is.
  const along = (axis: number) => live.shape.length === x.shape.length && live.shape[axis] === 1;
  if (isOp(node, sliceOp)) return along(node.params.axis) && isMasked(inner(x), live, value);
  return isOp(node, concatOp) && along(node.params.axis) && node.inputs.every((part) => isMasked(part, live, value));
}

function views(node: Node): Tensor | undefined {
  const x = node.inputs[0] as Tensor;
  if (node.op === identityOp) return x;
  if (isOp(node, castOp)) return x.dtype === node.params.dtype ? x : undefined;
  if (isOp(node, reshapeOp)) {
    if (sameShape(x.shape, node.params.shape)) return x;
    if (isOp(x.node, reshapeOp)) return reshape(inner(x), node.params.shape);
    if (isOp(x.node, broadcastOp) && isSingle(inner(x))) return broadcast(reshape(inner(x), []), node.params.shape);
    return sliceAfterReshape(x, node.params.shape);
  }
  if (isOp(node, transposeOp)) {
    const { permutation } = node.params;
    if (permutation.every((from, to) => from === to)) return x;
    const before = x.node;
    return isOp(before, transposeOp)
      ? transpose(
          inner(x),
          permutation.map((axis) => before.params.permutation[axis] as number),
        )
      : undefined;
  }
  if (isOp(node, broadcastOp)) {
    if (sameShape(x.shape, node.params.shape)) return x;
    return isOp(x.node, broadcastOp) ? apply(broadcastOp, [inner(x)], node.params) : undefined;
  }
  if (isOp(node, padOp)) return node.params.before === 0 && node.params.after === 0 ? x : undefined;
  if (isOp(node, sumOp)) {
    const { axis, keepDims } = node.params;
    if (axis.every((i) => x.shape[i] === 1)) return reshape(x, (node.outputs[0] as Tensor).shape);
    // One form of a sum, so that two that differ in kept axes alone are shared.
    return keepDims ? reshape(sum(x, { axis }), (node.outputs[0] as Tensor).shape) : undefined;
  }
  return undefined;
}

/** A reshape that leaves the sliced axis and all after it as they are can come first, where slices are easier to join. */
function sliceAfterReshape(x: Tensor, shape: Shape): Tensor | undefined {
  if (!isOp(x.node, sliceOp)) return undefined;
  const { axis, start, end } = x.node.params;
  const tail = x.shape.slice(axis);
  if (tail.length > shape.length || !sameShape(shape.slice(shape.length - tail.length), tail)) return undefined;
  const from = inner(x);
  const leading = shape.slice(0, shape.length - tail.length);
  // Where the slice is empty, shapes with other numbers of rows fit it too.
  if (!sameDim(elementCount(leading), elementCount(x.shape.slice(0, axis)))) return undefined;
  return slice(reshape(from, [...leading, ...from.shape.slice(axis)]), { axis: leading.length, start, end });
}

/** Slices of slices, of joined parts, and of broadcasts. */
function sliced(node: Node): Tensor | undefined {
  if (!isOp(node, sliceOp)) return undefined;
  const x = node.inputs[0] as Tensor;
  const { axis, start, end } = node.params;
  const size = x.shape[axis] as Dim;
  if (start === 0 && sameDim(end, size)) return x;
  const from = x.node;
  if (isOp(from, sliceOp) && from.params.axis === axis) {
    return slice(inner(x), { axis, start: addDim(from.params.start, start), end: addDim(from.params.start, end) });
  }
  if (isOp(from, broadcastOp)) {
    const shape = x.shape.map((d, i) => (i === axis ? subDim(end, start) : d));
    const source = inner(x);
    const own = source.shape[axis - x.shape.length + source.shape.length];
    return own === undefined || own === 1 ? apply(broadcastOp, [source], { shape }) : undefined;
  }
  if (isOp(from, concatOp) && from.params.axis === axis) return sliceOfConcat(from, axis, start, end);
  return undefined;
}

function sliceOfConcat({ inputs }: Node, axis: number, start: Dim, end: Dim): Tensor | undefined {
  const covered: Tensor[] = [];
  let at: Dim = 0;
  for (const part of inputs) {
    const next: Dim = addDim(at, part.shape[axis] as Dim);
    if (inside(at, start) && inside(end, next))
      return slice(part, { axis, start: subDim(start, at), end: subDim(end, at) });
    if (inside(start, at) && inside(next, end)) covered.push(part);
    at = next;
  }
  const total = covered.reduce<Dim>((sum, part) => addDim(sum, part.shape[axis] as Dim), 0);
  return covered.length > 0 && sameDim(total, subDim(end, start)) ? concat(covered, { axis }) : undefined;
}

/** a ≤ b, where that can be told. */
const inside = (a: Dim, b: Dim): boolean => {
  const gap = subDim(b, a);
  return typeof gap === "number" ? gap >= 0 : gap.terms.every((term) => term.coefficient > 0);
};

/** Neighbouring slices joined again, and joins within joins. */
function joined(node: Node): Tensor | undefined {
  if (!isOp(node, concatOp)) return undefined;
  const { axis } = node.params;
  const parts: Tensor[] = [];
  for (const part of node.inputs.flatMap((input) =>
    isOp(input.node, concatOp) && input.node.params.axis === axis ? input.node.inputs : [input],
  )) {
    const last = parts.at(-1);
    const merged = last && mergeSlices(last, part, axis);
    if (merged) parts[parts.length - 1] = merged;
    else if (part.shape[axis] !== 0) parts.push(part);
  }
  if (parts.length === 0 || (parts.length === node.inputs.length && parts.every((part, i) => part === node.inputs[i])))
    return undefined;
  return parts.length === 1 ? parts[0] : concat(parts, { axis });
}

function mergeSlices(a: Tensor, b: Tensor, axis: number): Tensor | undefined {
  const [left, right] = [a.node, b.node];
  if (!isOp(left, sliceOp) || !isOp(right, sliceOp) || inner(a) !== inner(b)) return undefined;
  if (left.params.axis !== axis || right.params.axis !== axis || !sameDim(left.params.end, right.params.start))
    return undefined;
  return slice(inner(a), { axis, start: left.params.start, end: right.params.end });
}

/** Operands that are transposed in their last two axes become flags of the product. */
function product(node: Node): Tensor | undefined {
  if (!isOp(node, matmulOp)) return undefined;
  const [a, b] = node.inputs as readonly [Tensor, Tensor];
  const [sourceA, sourceB] = [unswapped(a), unswapped(b)];
  if (!sourceA && !sourceB) return undefined;
  return apply(matmulOp, [sourceA ?? a, sourceB ?? b], {
    transposeA: node.params.transposeA !== (sourceA !== undefined),
    transposeB: node.params.transposeB !== (sourceB !== undefined),
  });
}

function unswapped(x: Tensor): Tensor | undefined {
  if (!isOp(x.node, transposeOp)) return undefined;
  const { permutation } = x.node.params;
  const rank = permutation.length;
  const swapped = permutation.every(
    (from, to) => from === (to === rank - 1 ? rank - 2 : to === rank - 2 ? rank - 1 : to),
  );
  return swapped ? inner(x) : undefined;
}

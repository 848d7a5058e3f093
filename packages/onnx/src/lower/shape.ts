import {
  constantOp,
  type Dim,
  fullArray,
  isStatic,
  type NdArray,
  type Shape,
  sameDim,
  sizeOf,
  type Tensor,
} from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";

/**
 * A value under another shape with as many elements. One dim that is not a number may be −1 and needs nothing at run
 * time, as long as no other is 0; beside a −1 ONNX reads 0 as "as before".
 */
export function reshaped(name: string, shape: Shape, context: LoweringContext): string {
  const open = shape.filter((d) => typeof d !== "number").length;
  if (open === 1 && !shape.includes(0)) {
    return context.node("Reshape", [name, context.integers(shape.map((d) => (typeof d === "number" ? d : -1)))]);
  }
  return context.node("Reshape", [name, context.shape(shape)], { allowzero: 1 });
}

const reshape: Lowering = (node, context) =>
  reshaped(context.value(node.inputs[0] as Tensor), (node.params as { shape: Shape }).shape, context);

/** Above this, a repeated constant is made at run time instead of being stored. */
const STORED = 4096;

const broadcast: Lowering = (node, context) => {
  const input = node.inputs[0] as Tensor;
  const { shape } = node.params as { shape: Shape };
  const known = context.fixed(input);
  if (known && known.data.length === 1 && isStatic(shape) && sizeOf(shape) <= STORED) {
    return context.constant(fullArray(shape, known.data[0] as number, known.dtype));
  }
  return context.node("Expand", [context.value(input), context.shape(shape)]);
};

const transpose: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const { permutation } = node.params as { permutation: readonly number[] };
  return context.node("Transpose", [context.value(x)], { perm: permutation });
};

const concat: Lowering = (node, context) => {
  const { axis } = node.params as { axis: number };
  return context.node(
    "Concat",
    node.inputs.map((input) => context.value(input)),
    { axis },
  );
};

const slice: Lowering = (node, context) => {
  const { axis, start, end } = node.params as { axis: number; start: Dim; end: Dim };
  const x = node.inputs[0] as Tensor;
  // Slice clips its end, so one far beyond stands for the axis' size.
  const stop =
    typeof end !== "number" && sameDim(end, x.shape[axis] as Dim) ? context.integers([2 ** 31 - 1]) : context.size(end);
  const value = context.value(x);
  return context.node("Slice", [value, context.size(start), stop, context.integers([axis])]);
};

const pad: Lowering = (node, context) => {
  const { axis, before, after, value } = node.params as { axis: number; before: Dim; after: Dim; value: number };
  const x = node.inputs[0] as Tensor;
  // For every axis, not for this one alone: ONNX Runtime's optimizer moves a Transpose past a Pad as if it had no axes.
  const along = (count: Dim): Dim[] => x.shape.map((_, i) => (i === axis ? count : 0));
  const pads = context.shape([...along(before), ...along(after)]);
  return context.node("Pad", [context.value(x), pads, context.scalar(value, x.dtype)]);
};

const constant: Lowering = (node, context) => context.constant((node.params as { value: NdArray }).value);

/** Whether a tensor is zero by its making. */
export function isZero(tensor: Tensor): boolean {
  const { op, params, inputs } = tensor.node;
  if (op.name === constantOp.name) return (params as { value: NdArray }).value.data.every((value) => value === 0);
  return (op.name === "broadcast" || op.name === "reshape") && isZero(inputs[0] as Tensor);
}

export const shapes: LoweringTable = { broadcast, concat, constant, pad, reshape, slice, transpose };

import {
  allocate,
  broadcastShapes,
  type DType,
  isFloat,
  type Node,
  type Shape,
  sameShape,
  type Tensor,
} from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";

/**
 * Operands of an op that broadcasts by itself: what was repeated only to have the right shape is passed as it is,
 * provided that the other operands still give the result its shape.
 */
export function operands(node: Node, context: LoweringContext): string[] {
  const shape = (node.outputs[0] as Tensor).shape;
  const inputs = [...node.inputs];
  for (const [i, input] of inputs.entries()) {
    if (input.node.op.name !== "broadcast") continue;
    const source = input.node.inputs[0] as Tensor;
    if (sameShape(broadcastShapes(node.op.name, withShape(inputs, i, source.shape)), shape)) inputs[i] = source;
  }
  return inputs.map((input) => context.value(input));
}

const withShape = (inputs: readonly Tensor[], at: number, shape: Shape): Shape[] =>
  inputs.map((input, i) => (i === at ? shape : input.shape));

const same =
  (opType: string): Lowering =>
  (node, context) =>
    context.node(opType, operands(node, context));

/** ONNX has no Log1p. log(u)·x/(u − 1) with u = 1 + x rounded loses nothing (Higham 2002, problem 1.5). */
const log1p: Lowering = (node, context) => {
  const [input] = node.inputs as readonly [Tensor];
  const x = context.value(input);
  const one = context.scalar(1, input.dtype);
  const u = context.node("Add", [x, one]);
  const log = context.node("Log", [u]);
  const corrected = context.node("Mul", [log, context.node("Div", [x, context.node("Sub", [u, one])])]);
  const small = context.node("Where", [context.node("Equal", [u, one]), x, corrected]);
  // Where 1 is lost beside x, and at infinity, log(u) is right as it is.
  return context.node("Where", [context.node("Equal", [u, x]), log, small]);
};

/** Division of integers by 0 and of −2³¹ by −1 ends the process on x86, so neither is ever asked for. */
const div: Lowering = (node, context) => {
  const [a, b] = operands(node, context) as [string, string];
  const divisor = node.inputs[1] as Tensor;
  if (divisor.dtype !== "i32") return context.node("Div", [a, b]);
  const known = context.fixed(divisor);
  if (known?.data.every((value) => value !== 0 && value !== -1)) return context.node("Div", [a, b]);
  const minusOne = context.node("Equal", [b, context.scalar(-1, "i32")]);
  const zero = context.node("Equal", [b, context.scalar(0, "i32")]);
  const safe = context.node("Where", [context.node("Or", [minusOne, zero]), context.scalar(1, "i32"), b]);
  const negated = context.node("Mul", [a, context.scalar(-1, "i32")]);
  return context.node("Where", [minusOne, negated, context.node("Div", [a, safe])]);
};

const select: Lowering = (node, context) => {
  const [condition, a, b] = operands(node, context) as [string, string, string];
  if (node.inputs[1]?.dtype !== "bool") return context.node("Where", [condition, a, b]);
  // ONNX Runtime has no Where on booleans.
  const otherwise = context.node("And", [context.node("Not", [condition]), b]);
  return context.node("Or", [context.node("And", [condition, a]), otherwise]);
};

const cast: Lowering = (node, context) => {
  const [x] = node.inputs as readonly [Tensor];
  const { dtype } = node.outputs[0] as Tensor;
  const value = context.value(x);
  return dtype === "i32" && isFloat(x.dtype)
    ? toInteger(value, x.dtype, context)
    : context.node("Cast", [value], { to: CAST[dtype] });
};

/** What Cast makes of NaN and of numbers beyond i32 is undefined, so it never sees them. */
function toInteger(x: string, dtype: DType, context: LoweringContext): string {
  const number = context.node("Where", [context.node("IsNaN", [x]), context.scalar(0, dtype), x]);
  const most = dtype === "f64" ? MAX_I32 : LARGEST_F32_IN_I32;
  const within = context.node("Clip", [number, context.scalar(-(2 ** 31), dtype), context.scalar(most, dtype)]);
  const integer = context.node("Cast", [within], { to: CAST.i32 });
  if (dtype === "f64") return integer;
  const beyond = context.node("Greater", [x, context.scalar(most, dtype)]);
  return context.node("Where", [beyond, context.scalar(MAX_I32, "i32"), integer]);
}

const MAX_I32 = 2 ** 31 - 1;
const LARGEST_F32_IN_I32 = 2 ** 31 - 2 ** 7;

/** TensorProto.DataType. */
const CAST = { f32: 1, i32: 6, bool: 9, f64: 11 } as const;

const alias: Lowering = (node, context) => context.value(node.inputs[0] as Tensor);

const size: Lowering = (node, context) => {
  const { value, dtype } = node.params as { value: Shape[number]; dtype: keyof typeof CAST };
  const number = context.node("Cast", [context.size(value)], { to: CAST[dtype] });
  return context.node("Reshape", [number, context.integers([])]);
};

const iota: Lowering = (node, context) => {
  const { length, dtype } = node.params as { length: Shape[number]; dtype: keyof typeof CAST };
  if (typeof length === "number" && length <= 1 << 16) {
    const data = allocate(dtype, length);
    for (let i = 0; i < length; i++) data[i] = i;
    return context.constant({ data, shape: [length], dtype });
  }
  const limit = context.node("Cast", [context.node("Reshape", [context.size(length), context.integers([])])], {
    to: CAST[dtype],
  });
  return context.node("Range", [context.scalar(0, dtype), limit, context.scalar(1, dtype)]);
};

export const elementwise: LoweringTable = {
  abs: same("Abs"),
  add: same("Add"),
  and: same("And"),
  cast,
  cos: same("Cos"),
  div,
  equal: same("Equal"),
  erf: same("Erf"),
  exp: same("Exp"),
  floor: same("Floor"),
  identity: alias,
  iota,
  less: same("Less"),
  lessEqual: same("LessOrEqual"),
  log: same("Log"),
  log1p,
  maximum: same("Max"),
  minimum: same("Min"),
  mul: same("Mul"),
  neg: same("Neg"),
  not: same("Not"),
  or: same("Or"),
  pow: same("Pow"),
  select,
  sigmoid: same("Sigmoid"),
  sign: same("Sign"),
  sin: same("Sin"),
  size,
  sqrt: same("Sqrt"),
  stopGradient: alias,
  sub: same("Sub"),
  tanh: same("Tanh"),
};

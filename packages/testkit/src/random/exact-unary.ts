import {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  floor,
  identity,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  not,
  notEqual,
  relu,
  sigmoid,
  sign,
  sin,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { few, isWithin, keepExact, pickExact, pickOrInput, randomDtype } from "./exact.js";
import type { Exact, Scope } from "./scope.js";

type Unary = (value: Exact) => Exact;

const asFloat = (tensor: Tensor): Exact => few(cast(tensor, "f32"), 4, 1);
const clipped = (tensor: Tensor): Tensor => minimum(maximum(tensor, -4), 4);

/** On any floats. */
const FLOAT: readonly Unary[] = [
  (x) => ({ ...x, tensor: neg(x.tensor) }),
  (x) => ({ ...x, tensor: abs(x.tensor) }),
  (x) => ({ ...x, tensor: sign(x.tensor), bound: 1, unit: 1 }),
  (x) => ({ ...x, tensor: floor(x.tensor), bound: x.bound + 1, unit: 1 }),
  (x) => ({ ...x, tensor: relu(x.tensor) }),
  (x) => ({ ...x, tensor: identity(x.tensor) }),
  (x) => ({ ...x, tensor: stopGradient(x.tensor) }),
  (x) => ({ ...x, tensor: maximum(x.tensor, 0.5) }),
  ({ tensor }) => few(cast(tensor, "bool")),
  ({ tensor }) => few(cast(tensor, "i32")),
  ({ tensor }) => few(equal(tensor, tensor)),
  ({ tensor }) => few(notEqual(tensor, 0)),
];
/** On floats of few digits. */
const FEW: readonly Unary[] = [
  (x) => ({ ...x, tensor: mul(x.tensor, 2), bound: 2 * x.bound }),
  (x) => ({ ...x, tensor: mul(-1, x.tensor) }),
  (x) => ({ ...x, tensor: mul(x.tensor, x.tensor), bound: x.bound ** 2, unit: x.unit ** 2 }),
  (x) => ({ ...x, tensor: sub(1, x.tensor), bound: x.bound + 1, unit: Math.min(x.unit, 1) }),
  (x) => ({ ...x, tensor: div(x.tensor, 2), unit: x.unit / 2 }),
];
const INTEGER: readonly Unary[] = [
  ({ tensor }) => few(neg(tensor)),
  ({ tensor }) => few(abs(tensor)),
  ({ tensor }) => few(sign(tensor)),
  ({ tensor }) => few(relu(tensor)),
  ({ tensor }) => few(add(tensor, 1)),
  ({ tensor }) => few(mul(tensor, 3)),
  ({ tensor }) => few(div(tensor, 3)),
  ({ tensor }) => few(div(tensor, -1)),
  ({ tensor }) => few(cast(tensor, "bool")),
  ({ tensor }) => few(identity(tensor)),
  ({ tensor }) => asFloat(clipped(tensor)),
  ({ tensor }) => asFloat(clipped(tensor)),
];
const BOOL: readonly Unary[] = [
  ({ tensor }) => few(not(tensor)),
  ({ tensor }) => few(not(tensor)),
  ({ tensor }) => few(cast(tensor, "i32")),
  ({ tensor }) => asFloat(tensor),
  ({ tensor }) => few(identity(tensor)),
];
/** Functions whose results are rounded, on any floats. */
const ROUNDED: readonly ((x: Tensor) => Tensor)[] = [exp, log, log1p, sqrt, tanh, sigmoid, sin, cos];

export function exactUnaryStep(scope: Scope): void {
  const value = pickOrInput(scope, randomDtype(scope));
  const { draws } = scope;
  if (value.tensor.dtype === "i32") keepExact(scope, draws.one(INTEGER)(value));
  else if (value.tensor.dtype === "bool") keepExact(scope, draws.one(BOOL)(value));
  else keepExact(scope, draws.one(value.domain === "few" ? [...FLOAT, ...FEW] : FLOAT)(value));
}

/** What a function makes of any float; nothing but moves reads it. */
export function roundedStep(scope: Scope): void {
  const value = pickExact(scope, (x) => x.tensor.dtype === "f32" && isWithin("any")(x));
  if (value) keepExact(scope, { ...value, domain: "rounded", tensor: scope.draws.one(ROUNDED)(value.tensor) });
}

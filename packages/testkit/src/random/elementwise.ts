import {
  abs,
  add,
  cast,
  cos,
  type Dim,
  div,
  erf,
  exp,
  expandDims,
  floor,
  identity,
  iota,
  less,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  not,
  pow,
  relu,
  select,
  sigmoid,
  sign,
  sin,
  sizeOfDim,
  sqrt,
  stopGradient,
  sub,
  type Tensor,
  tanh,
} from "@throughtime/core";
import { besideShape, broadcastsTo } from "./exact.js";
import { type Entry, keep, newInput, pick, type Scope, squash } from "./scope.js";

type Unary = (entry: Entry) => Entry;

const square = (x: Tensor): Tensor => mul(x, x);

/** Each with the magnitude of its result; none has a pole or a steep slope within it. */
const SMOOTH: readonly Unary[] = [
  ({ tensor }) => ({ tensor: tanh(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: tanh(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: sigmoid(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: sigmoid(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: sin(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: cos(tensor), bound: 1 }),
  ({ tensor }) => ({ tensor: erf(tensor), bound: 1 }),
  ({ tensor, bound }) => ({ tensor: neg(tensor), bound }),
  ({ tensor, bound }) => ({ tensor: square(tensor), bound: bound * bound }),
  ({ tensor, bound }) => ({ tensor: exp(mul(tensor, 1 / (1 + bound))), bound: Math.E }),
  ({ tensor, bound }) => ({ tensor: log(add(1, square(tensor))), bound: Math.log1p(bound * bound) }),
  ({ tensor, bound }) => ({ tensor: log1p(square(tensor)), bound: Math.log1p(bound * bound) }),
  ({ tensor, bound }) => ({ tensor: sqrt(add(square(tensor), 1)), bound: bound + 1 }),
  ({ tensor }) => ({ tensor: pow(add(0.5, sigmoid(tensor)), 1.5), bound: 2 }),
  ({ tensor, bound }) => ({ tensor: identity(tensor), bound }),
  ({ tensor, bound }) => ({ tensor: mul(sub(1, tensor), tensor), bound: bound * (bound + 1) }),
  ({ tensor, bound }) => ({ tensor: add(tensor, 0), bound }),
  ({ tensor, bound }) => ({ tensor: mul(1, tensor), bound }),
];

/** Continuous, but with kinks, or with a gradient that is not the slope. */
const KINKED: readonly Unary[] = [
  ({ tensor, bound }) => ({ tensor: stopGradient(tensor), bound }),
  ({ tensor, bound }) => ({ tensor: abs(tensor), bound }),
  ({ tensor, bound }) => ({ tensor: relu(tensor), bound }),
  ({ tensor, bound }) => ({ tensor: mul(tensor, sign(tensor)), bound }),
  ({ tensor, bound }) => ({ tensor: minimum(tensor, 0.5), bound }),
  // The floor of what stays within (0, 1) is 0, however it is rounded.
  ({ tensor }) => ({ tensor: floor(add(0.2, mul(0.5, sigmoid(tensor)))), bound: 0 }),
];

export const unaryOf = (scope: Scope, entry: Entry): Entry =>
  scope.draws.one(scope.world.smooth ? SMOOTH : [...SMOOTH, ...KINKED])(entry);

export function unaryStep(scope: Scope): void {
  const entry = pick(scope);
  if (!entry) return;
  const { tensor, bound } = unaryOf(scope, entry);
  keep(scope, tensor, bound);
}

/** Two values of one shape, or one that broadcasts to the other: a row, a column of ones, a scalar. */
export function binaryStep(scope: Scope): void {
  const a = pick(scope);
  if (!a) return;
  const b = pick(scope, ({ tensor }) => broadcastsTo(tensor.shape, a.tensor.shape)) ?? a;
  const combine: (() => Entry)[] = [
    () => ({ tensor: add(a.tensor, b.tensor), bound: a.bound + b.bound }),
    () => ({ tensor: add(b.tensor, a.tensor), bound: a.bound + b.bound }),
    () => ({ tensor: sub(a.tensor, b.tensor), bound: a.bound + b.bound }),
    () => ({ tensor: mul(a.tensor, b.tensor), bound: a.bound * b.bound }),
    () => ({ tensor: mul(b.tensor, a.tensor), bound: a.bound * b.bound }),
    () => ({ tensor: div(a.tensor, add(1, square(b.tensor))), bound: a.bound }),
    () => ({
      tensor: add(mul(a.tensor, b.tensor), mul(0.5, a.tensor), b.tensor),
      bound: a.bound * b.bound + a.bound + b.bound,
    }),
    // Products of three and four, for passes that regroup factors.
    () => ({ tensor: mul(mul(a.tensor, b.tensor), sigmoid(a.tensor)), bound: a.bound * b.bound }),
    () => ({ tensor: mul(mul(a.tensor, tanh(b.tensor)), sub(1, square(tanh(b.tensor)))), bound: a.bound }),
  ];
  if (!scope.world.smooth)
    combine.push(() => ({ tensor: maximum(a.tensor, b.tensor), bound: Math.max(a.bound, b.bound) }));
  const { tensor, bound } = scope.draws.one(combine)();
  keep(scope, tensor, bound);
}

/** Two values of which each may be wider than the other along some axis, empty ones too. */
export function broadStep(scope: Scope): void {
  const a = pick(scope);
  if (!a) return;
  const b = newInput(scope, besideShape(scope, a.tensor.shape));
  const { tensor, bound } = unaryOf(scope, a);
  const f = scope.draws.one([add, sub, mul]);
  keep(scope, scope.draws.chance(0.5) ? f(tensor, b.tensor) : f(b.tensor, tensor), bound + b.bound);
}

/** One of two values by a mask that depends on positions or on an input, never on rounded numbers. */
export function selectStep(scope: Scope): void {
  const a = pick(scope, ({ tensor }) => tensor.shape.length > 0);
  if (!a) return;
  const { shape } = a.tensor;
  const b = pick(scope, ({ tensor }) => broadcastsTo(tensor.shape, shape)) ?? a;
  const axis = scope.draws.int(0, shape.length - 1);
  const size = shape[axis] as Dim;
  const { draws, world } = scope;
  let mask = draws.chance(0.5)
    ? world.input({ shape: [size], dtype: "bool", bound: 2 })
    : less(iota(size), draws.int(1, 3));
  if (draws.chance(0.3)) mask = not(mask);
  for (let i = axis + 1; i < shape.length; i++) mask = expandDims(mask, { axis: -1 });
  keep(scope, select(mask, a.tensor, draws.chance(0.3) ? 0 : b.tensor), Math.max(a.bound, b.bound));
}

/** Numbers from positions and sizes. */
export function positionStep(scope: Scope): void {
  const { world, draws } = scope;
  const size = draws.one<Dim>([world.T, world.B, 4, 3]);
  const steps = cast(iota(size), "f32");
  const scaled = draws.chance(0.5) ? div(steps, add(1, sizeOfDim(size, "f32"))) : sin(steps);
  keep(scope, scaled, 1);
}

/** Σ of products of pairs, as in c′ = f·c + i·g. */
export function sumOfProductsStep(scope: Scope): void {
  const first = pick(scope);
  if (!first) return;
  const like = (): Entry => {
    const entry =
      pick(scope, ({ tensor }) => broadcastsTo(tensor.shape, first.tensor.shape)) ??
      newInput(scope, first.tensor.shape);
    return squash(scope, scope.draws.chance(0.5) ? unaryOf(scope, entry) : entry);
  };
  const products = Array.from({ length: scope.draws.int(2, 3) }, (_, i) => {
    const [a, b] = [i === 0 ? squash(scope, first) : like(), like()];
    return { tensor: mul(a.tensor, b.tensor), bound: a.bound * b.bound };
  });
  const sum = products.reduce((x, y) => ({ tensor: add(x.tensor, y.tensor), bound: x.bound + y.bound }));
  keep(scope, sum.tensor, sum.bound);
}

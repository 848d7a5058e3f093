import {
  add,
  apply,
  averagePool2d,
  broadcast,
  cast,
  concat,
  conv2d,
  crossEntropy,
  type Dim,
  expandDims,
  gather,
  layerNorm,
  logSoftmax,
  matmul,
  max,
  maxPool2d,
  maxPool2dGradientOp,
  mean,
  mul,
  mulDim,
  oneHot,
  pad,
  reshape,
  sameDim,
  sameShape,
  scatterAdd,
  slice,
  softmax,
  subDim,
  sum,
  type Tensor,
  transpose,
  zeros,
} from "@throughtime/core";
import {
  countOf,
  type Entry,
  FEATURES,
  HIDDEN,
  keep,
  newInput,
  pick,
  type Scope,
  squash,
  VOCABULARY,
} from "./scope.js";

const rankAtLeast =
  (rank: number) =>
  ({ tensor }: Entry): boolean =>
    tensor.shape.length >= rank;

const last = (x: Tensor): Dim => x.shape.at(-1) as Dim;

/** A weight [K, P] for products with x […, K]: usually an input, at times another value at hand. */
export function weightFor(scope: Scope, k: Dim, p: Dim): Entry {
  const known = scope.draws.chance(0.3) ? pick(scope, ({ tensor }) => sameShape(tensor.shape, [k, p])) : undefined;
  return known ?? newInput(scope, [k, p], 0.5);
}

export const productBound = (scope: Scope, a: Entry, b: Entry, k: Dim): number =>
  a.bound * b.bound * countOf(scope, [k]);

export function matmulStep(scope: Scope): void {
  const entry = pick(scope, rankAtLeast(2));
  if (!entry) return;
  const x = squash(scope, entry);
  const k = last(x.tensor);
  const { draws } = scope;
  if (draws.chance(0.2)) {
    // Two values of one shape against each other, as attention scores are made: [.., M, K]·[.., M, K]ᵀ.
    keep(scope, matmul(x.tensor, x.tensor, { transposeB: true }), productBound(scope, x, x, k));
    return;
  }
  const p = draws.one([HIDDEN, FEATURES, 1]);
  const turned = draws.chance(0.3);
  const w = turned ? weightFor(scope, p, k) : weightFor(scope, k, p);
  const product = matmul(x.tensor, w.tensor, { transposeB: turned });
  keep(scope, product, productBound(scope, x, w, k));
  // A second product of the same operand, which passes may stack with the first.
  if (draws.chance(0.4)) {
    const other = weightFor(scope, k, draws.one([HIDDEN, FEATURES]));
    keep(scope, matmul(x.tensor, other.tensor), productBound(scope, x, other, k));
  }
  if (draws.chance(0.2) && x.tensor.shape.length === 2) {
    const left = weightFor(scope, x.tensor.shape[0] as Dim, HIDDEN);
    keep(
      scope,
      matmul(left.tensor, x.tensor, { transposeA: true }),
      productBound(scope, left, x, x.tensor.shape[0] as Dim),
    );
  }
}

export function reduceStep(scope: Scope): void {
  const entry = pick(scope, rankAtLeast(1));
  if (!entry) return;
  const { draws } = scope;
  const { tensor, bound } = entry;
  const axes = tensor.shape.map((_, axis) => axis).filter(() => draws.chance(0.5));
  if (axes.length === 0) axes.push(tensor.shape.length - 1);
  const options = { axis: axes, keepDims: draws.chance(0.4) };
  const count = countOf(
    scope,
    axes.map((axis) => tensor.shape[axis] as Dim),
  );
  // The mean or maximum of nothing is not finite.
  const kinds = count === 0 ? ["sum"] : scope.world.smooth ? ["sum", "mean"] : ["sum", "mean", "max"];
  const kind = draws.one(kinds);
  if (kind === "sum") keep(scope, sum(tensor, options), bound * Math.max(count, 1));
  else keep(scope, kind === "mean" ? mean(tensor, options) : max(tensor, options), bound);
}

export function shapeStep(scope: Scope): void {
  const entry = pick(scope, rankAtLeast(1));
  if (!entry) return;
  const { draws } = scope;
  const { tensor, bound } = entry;
  const rank = tensor.shape.length;
  const axis = draws.int(0, rank - 1);
  const kind = draws.one(["transpose", "merge", "expand", "broadcast", "pad", "slice", "slice", "shift"] as const);
  if (kind === "transpose") {
    const order = tensor.shape.map((_, i) => (i + draws.int(1, Math.max(rank - 1, 1))) % rank);
    keep(scope, transpose(tensor, new Set(order).size === rank ? order : undefined), bound);
  } else if (kind === "merge" && rank >= 2) {
    const [a, b, ...rest] = tensor.shape as [Dim, Dim, ...Dim[]];
    keep(scope, reshape(tensor, [mulDim(a, b), ...rest]), bound);
  } else if (kind === "expand") {
    keep(scope, expandDims(tensor, { axis }), bound);
  } else if (kind === "broadcast") {
    keep(scope, broadcast(tensor, [draws.one<Dim>([2, scope.world.B]), ...tensor.shape]), bound);
  } else if (kind === "pad") {
    keep(
      scope,
      pad(tensor, { axis, before: draws.int(0, 2), after: draws.int(0, 1), value: draws.chance(0.5) ? 0 : 0.5 }),
      Math.max(bound, 0.5),
    );
  } else if (kind === "shift") {
    // One place later along the axis, with zeros first.
    const size = tensor.shape[axis] as Dim;
    if (countOf(scope, [size]) === 0) return;
    const first = zeros(tensor.shape.map((d, i) => (i === axis ? 1 : d)));
    keep(scope, concat([first, slice(tensor, { axis, start: 0, end: subDim(size, 1) })], { axis }), bound);
  } else {
    sliceOf(scope, entry, axis);
  }
}

/** A slice along an axis whose size is a number, and at times its neighbours under other functions. */
function sliceOf(scope: Scope, { tensor, bound }: Entry, axis: number): void {
  const size = tensor.shape[axis] as Dim;
  if (typeof size !== "number" || size < 2) return;
  const start = scope.draws.int(0, size - 1);
  keep(scope, slice(tensor, { axis, start, end: scope.draws.int(start + 1, size) }), bound);
  if (scope.draws.chance(0.3) && start > 0) keep(scope, slice(tensor, { axis, start: 0, end: start }), bound);
}

export function concatStep(scope: Scope): void {
  const a = pick(scope, rankAtLeast(1));
  if (!a) return;
  const axis = scope.draws.int(0, a.tensor.shape.length - 1);
  const fits = ({ tensor }: Entry): boolean =>
    tensor.shape.length === a.tensor.shape.length &&
    tensor.shape.every((d, i) => i === axis || sameDim(d, a.tensor.shape[i] as Dim));
  const parts = [a, ...Array.from({ length: scope.draws.int(1, 2) }, () => pick(scope, fits) ?? a)];
  keep(
    scope,
    concat(
      parts.map(({ tensor }) => tensor),
      { axis },
    ),
    parts.reduce((most, { bound }) => Math.max(most, bound), -Infinity),
  );
}

/** Rows of a table by integer ids, and back. */
export function indexStep(scope: Scope): void {
  const { world, draws } = scope;
  const shape = draws.one<readonly Dim[]>([[world.T, world.B], [world.B], [7]]);
  const ids = world.input({ shape, dtype: "i32", bound: VOCABULARY });
  const kind = draws.one(["gather", "scatter", "oneHot", "gatherAny"] as const);
  if (kind === "gather") {
    const table = weightFor(scope, VOCABULARY, FEATURES);
    keep(scope, gather(table.tensor, ids), table.bound);
  } else if (kind === "gatherAny") {
    const table = pick(scope, ({ tensor }) => typeof tensor.shape[0] === "number" && tensor.shape[0] >= VOCABULARY);
    if (table) keep(scope, gather(table.tensor, ids), table.bound);
  } else if (kind === "oneHot") {
    keep(scope, oneHot(ids, VOCABULARY), 1);
  } else {
    const rows = pick(
      scope,
      ({ tensor }) => tensor.shape.length > shape.length && sameShape(tensor.shape.slice(0, shape.length), shape),
    );
    const updates = rows ?? newInput(scope, [...shape, FEATURES]);
    const table = zeros([VOCABULARY, ...updates.tensor.shape.slice(shape.length)]);
    keep(scope, scatterAdd(table, ids, updates.tensor), updates.bound * Math.max(countOf(scope, shape), 1));
  }
}

/** Named sub-Programs. */
export function compositeStep(scope: Scope): void {
  const entry = pick(
    scope,
    ({ tensor }) => rankAtLeast(1)({ tensor, bound: 0 }) && countOf(scope, [last(tensor)]) >= 2,
  );
  if (!entry) return;
  const { tensor, bound } = entry;
  const kind = scope.draws.one(["softmax", "logSoftmax", "crossEntropy", "layerNorm"] as const);
  const size = countOf(scope, [last(tensor)]);
  if (kind === "softmax") keep(scope, softmax(tensor), 1);
  else if (kind === "logSoftmax") keep(scope, logSoftmax(tensor), 2 * bound + Math.log(size));
  else if (kind === "crossEntropy") {
    if (typeof last(tensor) !== "number") return;
    const targets = scope.world.input({ shape: tensor.shape.slice(0, -1), dtype: "i32", bound: size });
    keep(scope, crossEntropy(tensor, targets), 2 * bound + Math.log(size));
  } else {
    // A wide epsilon, so that nearly equal values are not blown up.
    const gain = newInput(scope, [last(tensor)]);
    const bias = newInput(scope, [last(tensor)]);
    keep(scope, layerNorm(tensor, gain.tensor, bias.tensor, { epsilon: 0.1 }), Math.sqrt(size) + 1);
  }
}

/** Patches, in which a gather and transposes hide. */
export function convolutionStep(scope: Scope): void {
  const { draws, world } = scope;
  const channels = draws.int(1, 2);
  // Of a value at hand, so that some stand in loops.
  const scale = pick(scope, ({ tensor }) => countOf(scope, tensor.shape) > 0);
  const image = newInput(scope, [world.B, channels, draws.int(2, 4), draws.int(2, 4)]);
  const pixels = scale ? mul(image.tensor, mean(squash(scope, scale).tensor)) : image.tensor;
  const kernel = newInput(scope, [draws.int(1, 3), channels, draws.int(1, 2), draws.int(1, 2)]);
  const options = { stride: draws.int(1, 2), padding: draws.int(0, 1) };
  const y = conv2d(pixels, kernel.tensor, options);
  keep(scope, y, channels * 8);
  poolingStep(scope, { tensor: y, bound: channels * 8 });
}

function poolingStep(scope: Scope, { tensor, bound }: Entry): void {
  const { draws, world } = scope;
  const size = draws.int(
    1,
    tensor.shape.slice(2).reduce<number>((least, d) => Math.min(least, d as number), 2),
  );
  const options = { size, stride: draws.int(1, 2), padding: draws.int(0, Math.floor(size / 2)) };
  const kind = draws.one(world.smooth ? ["average"] : ["average", "max", "first"]);
  const average = averagePool2d(tensor, options);
  if (kind === "max") keep(scope, maxPool2d(tensor, options), bound);
  else if (kind === "average") keep(scope, average, bound);
  else {
    // Of integers, so that rounding makes no other place the largest.
    const x = cast(world.input({ shape: tensor.shape, dtype: "i32", bound: 3 }), "f32");
    keep(scope, apply(maxPool2dGradientOp, [x, maxPool2d(x, options), average], options), bound * size ** 2);
  }
}

/** An i32 or bool detour that comes back as floats. */
export function integerStep(scope: Scope): void {
  const ids = scope.world.input({ shape: [scope.world.B], dtype: "i32", bound: VOCABULARY });
  const twice = mul(add(ids, 1), 2);
  keep(scope, mul(cast(scope.draws.chance(0.5) ? twice : ids, "f32"), 0.1), 1);
}

import {
  abs,
  add,
  and,
  argmax,
  type Dim,
  div,
  equal,
  gather,
  greater,
  greaterEqual,
  iota,
  less,
  lessEqual,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  notEqual,
  oneHot,
  or,
  pow,
  scatterAdd,
  select,
  sizeOfDim,
  sub,
  sum,
  type Tensor,
} from "@throughtime/core";
import {
  among,
  broadcastsTo,
  exactInput,
  few,
  isWithin,
  keepExact,
  partnerOf,
  pickExact,
  pickOrInput,
  randomDtype,
  randomShape,
  visibleExact,
} from "./exact.js";
import { joined, moved } from "./moves.js";
import { countOf, type Exact, FEATURES, keep, pick, type Scope, VOCABULARY } from "./scope.js";

/** Functions of two whose results are rounded. */
const ROUNDED_BINARY = [add, sub, mul, div] as const;
const COMPARISONS = [equal, notEqual, less, lessEqual, greater, greaterEqual] as const;

export function exactBinaryStep(scope: Scope): void {
  const { draws } = scope;
  const a = pickOrInput(scope, randomDtype(scope));
  const kind = draws.one(["compare", "compare", "arithmetic", "arithmetic", "extreme"] as const);
  const isBool = a.tensor.dtype === "bool";
  if (kind === "compare") {
    const b = partnerOf(scope, a);
    keepExact(scope, few((isBool ? draws.one([equal, notEqual]) : draws.one(COMPARISONS))(a.tensor, b.tensor)));
  } else if (isBool) {
    keepExact(scope, few(draws.one([and, or])(a.tensor, partnerOf(scope, a).tensor)));
  } else if (kind === "extreme") {
    const b = partnerOf(scope, a);
    keepExact(scope, among(draws.one([maximum, minimum])(a.tensor, b.tensor), a, b));
  } else if (a.tensor.dtype === "i32") {
    const b = partnerOf(scope, a).tensor;
    const divisor = () => select(equal(b, 0), 7, b);
    keepExact(
      scope,
      few(
        draws.one([
          () => add(a.tensor, b),
          () => sub(a.tensor, b),
          () => mul(a.tensor, b),
          () => div(a.tensor, divisor()),
        ])(),
      ),
    );
  } else keepExact(scope, exactArithmetic(scope, a));
}

/** Sums stay exact where infinities and NaN take part, products only without: 0·∞ and ∞ − ∞ depend on the order. */
function exactArithmetic(scope: Scope, a: Exact): Exact {
  const { draws } = scope;
  if (a.domain === "any") {
    // Quotients and powers see the sign of a zero, which only what nothing was made of has for sure.
    const [base, b] = [exactInput(scope, a.tensor.shape, "f32"), exactInput(scope, a.tensor.shape, "f32")];
    const tensor = draws.chance(0.2) ? pow(base.tensor, b.tensor) : draws.one(ROUNDED_BINARY)(a.tensor, b.tensor);
    return { ...a, domain: "rounded", tensor };
  }
  const isProduct = a.domain === "few" && draws.chance(0.4);
  const b = partnerOf(scope, a, isProduct ? "few" : "infinite");
  if (isProduct) return { ...a, tensor: mul(a.tensor, b.tensor), bound: a.bound * b.bound, unit: a.unit * b.unit };
  return { ...among(draws.one([add, sub])(a.tensor, b.tensor), a, b), bound: a.bound + b.bound };
}

export function exactSelectStep(scope: Scope): void {
  const a = pickExact(scope) ?? pickOrInput(scope, "f32");
  const b = scope.draws.chance(0.5)
    ? (pickExact(
        scope,
        ({ tensor }) => tensor.dtype === a.tensor.dtype && broadcastsTo(tensor.shape, a.tensor.shape),
      ) ?? a)
    : partnerOf(scope, a);
  const mask = pickExact(scope, ({ tensor }) => tensor.dtype === "bool" && broadcastsTo(tensor.shape, a.tensor.shape));
  const condition =
    mask ??
    exactInput(
      scope,
      a.tensor.shape.map((d) => (scope.draws.chance(0.3) ? 1 : d)),
      "bool",
    );
  keepExact(scope, among(select(condition.tensor, a.tensor, b.tensor), a, b));
}

export function exactReduceStep(scope: Scope): void {
  const { draws } = scope;
  const value = pickExact(scope, (x) => x.tensor.dtype !== "bool" && isWithin("any")(x) && x.tensor.shape.length > 0);
  if (!value) return;
  const { tensor, bound } = value;
  const axis = draws.int(0, tensor.shape.length - 1);
  const axes = tensor.shape.map((_, i) => i).filter((i) => i === axis || draws.chance(0.3));
  const options = { axis: axes, keepDims: draws.chance(0.4) };
  const count = countOf(
    scope,
    axes.map((i) => tensor.shape[i] as Dim),
  );
  const kinds: (() => Exact)[] = [
    () => extreme(value, max(tensor, options), count),
    () => extreme(value, min(tensor, options), count),
  ];
  if (countOf(scope, [tensor.shape[axis] as Dim]) > 0) {
    kinds.push(
      () => few(argmax(tensor, { axis })),
      () => few(argmax(tensor, { axis })),
    );
  }
  if (isWithin("infinite")(value))
    kinds.push(() => ({ ...value, tensor: sum(tensor, options), bound: bound * Math.max(count, 1) }));
  if (tensor.dtype === "i32" && count > 0) kinds.push(() => few(mean(tensor, options)));
  keepExact(scope, draws.one(kinds)());
}

/** The largest of nothing is infinite. */
const extreme = (value: Exact, tensor: Tensor, count: number): Exact => ({
  ...value,
  tensor,
  domain: count === 0 && tensor.dtype === "f32" && value.domain === "few" ? "infinite" : value.domain,
});

export function exactMoveStep(scope: Scope): void {
  const value = pickExact(scope, ({ tensor }) => tensor.shape.length > 0);
  if (!value) return;
  const { tensor } = value;
  if (scope.draws.chance(0.3)) {
    const others = visibleExact(scope).filter(
      ({ tensor: { dtype }, domain }) => dtype === tensor.dtype && domain === value.domain,
    );
    const all = others.filter(({ bound, unit }) => bound <= value.bound && unit >= value.unit);
    keepExact(scope, {
      ...value,
      tensor: joined(
        scope,
        tensor,
        all.map((other) => other.tensor),
      ),
    });
    return;
  }
  const result = moved(scope, tensor);
  // A pad is made of zeros and ones.
  if (result)
    keepExact(scope, { ...value, tensor: result, bound: Math.max(value.bound, 1), unit: Math.min(value.unit, 1) });
}

/** Rows by ids that are in range, sums of rows, and one-hot rows. */
export const exactIndexStep = (scope: Scope): void => keepExact(scope, indexed(scope));

function indexed(scope: Scope): Exact {
  const { draws } = scope;
  const ids = minimum(maximum(pickOrInput(scope, "i32").tensor, 0), VOCABULARY - 1);
  const kind = draws.one(["gather", "scatterAdd", "oneHot"] as const);
  if (kind === "oneHot") {
    return few(oneHot(ids, VOCABULARY + draws.int(0, 2), draws.one(["f32", "i32", "bool"])), 1, 1);
  }
  const isGather = kind === "gather";
  const dtype = isGather ? randomDtype(scope) : draws.one(["f32", "i32"] as const);
  const rows = [VOCABULARY, ...(draws.chance(0.7) ? [FEATURES] : [])];
  const table = exactInput(scope, rows, dtype, isGather ? "any" : "infinite");
  if (isGather) return { ...table, tensor: gather(table.tensor, ids) };
  const updates = exactInput(scope, [...ids.shape, ...rows.slice(1)], dtype, "infinite");
  const sums = scatterAdd(table.tensor, ids, updates.tensor);
  return { ...among(sums, table, updates), bound: 2 * (countOf(scope, ids.shape) + 1) };
}

/** Positions and sizes. */
export function countingStep(scope: Scope): void {
  const { draws, world } = scope;
  const size = draws.one<Dim>([world.T, world.B, FEATURES, 1, 0]);
  const dtype = draws.one(["f32", "i32"] as const);
  keepExact(scope, draws.chance(0.7) ? few(iota(size, dtype), 4, 1) : few(sizeOfDim(size, dtype), 4, 1));
}

/** Exact values become tame ones, and conditions of what is selected from these. */
export function crossingStep(scope: Scope): void {
  const { draws } = scope;
  const tame = pick(scope);
  const mask = pickExact(
    scope,
    ({ tensor }) => tensor.dtype === "bool" && tame !== undefined && broadcastsTo(tensor.shape, tame.tensor.shape),
  );
  if (tame && mask && draws.chance(0.5)) {
    keep(scope, select(mask.tensor, tame.tensor, draws.chance(0.5) ? 0 : mul(0.5, tame.tensor)), tame.bound);
    return;
  }
  const value =
    pickExact(scope, (x) => x.tensor.dtype === "f32" && isWithin("any")(x)) ??
    exactInput(scope, randomShape(scope), "f32");
  const { tensor, domain, bound } = value;
  if (domain === "few") keep(scope, tensor, bound);
  else keep(scope, select(lessEqual(abs(tensor), 2), tensor, 0), 2);
}

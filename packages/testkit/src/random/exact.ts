import { type Dim, type DType, maximum, minimum, type Shape, sameDim, type Tensor } from "@throughtime/core";
import { countOf, type Domain, type Exact, FEATURES, HIDDEN, MOST_ELEMENTS, oneOf, type Scope } from "./scope.js";

/** A float has 24 digits: sums of so many units over as many elements as there may be still fit. */
const MOST_UNITS = 1 << 11;

const DOMAINS: readonly Exact["domain"][] = ["few", "infinite", "any", "rounded"];

/** Whether a value's floats lie in a domain or in a narrower one. */
export const isWithin =
  (most: Domain) =>
  ({ domain }: Pick<Exact, "domain">): boolean =>
    DOMAINS.indexOf(domain) <= DOMAINS.indexOf(most);

const widest = (values: readonly Exact[]): Exact["domain"] =>
  DOMAINS[values.reduce((most, { domain }) => Math.max(most, DOMAINS.indexOf(domain)), -1)] as Exact["domain"];

/** An exact value from this scope or from around it; undefined where none fits. */
export function pickExact(scope: Scope, fits: (value: Exact) => boolean = () => true): Exact | undefined {
  const around = scope.outer ? visibleExact(scope.outer).filter(fits) : [];
  return oneOf(scope, scope.exact.filter(fits), around);
}

export const visibleExact = (scope: Scope): readonly Exact[] => [
  ...(scope.outer ? visibleExact(scope.outer) : []),
  ...scope.exact,
];

/** One of a dtype and within a domain, or a new input. */
export const pickOrInput = (
  scope: Scope,
  dtype: DType,
  most: Domain = "any",
  fits: (value: Exact) => boolean = () => true,
): Exact =>
  pickExact(scope, (value) => value.tensor.dtype === dtype && isWithin(most)(value) && fits(value)) ??
  exactInput(scope, randomShape(scope), dtype, most);

/** Adds a value; floats with too many digits are brought back to few, and what has too many elements is left out. */
export function keepExact(scope: Scope, value: Exact): void {
  const { tensor, bound, unit } = value;
  if (tensor.shape.length > 4 || countOf(scope, tensor.shape) > MOST_ELEMENTS) return;
  if (tensor.dtype !== "f32" || !isWithin("infinite")(value) || bound / unit <= MOST_UNITS) scope.exact.push(value);
  else if (unit >= 2 ** -6) scope.exact.push({ ...value, tensor: minimum(maximum(tensor, -2), 2), bound: 2 });
}

/** What is of few digits, or of another dtype. */
export const few = (tensor: Tensor, bound = 2, unit = 0.5): Exact => ({ tensor, domain: "few", bound, unit });

/** What is made of values by moving and selecting. */
export const among = (tensor: Tensor, ...of: readonly Exact[]): Exact => ({
  tensor,
  domain: widest(of),
  bound: of.reduce((most, { bound }) => Math.max(most, bound), -Infinity),
  unit: of.reduce((least, { unit }) => Math.min(least, unit), Infinity),
});

/** A new input whose floats lie in a domain, in special Programs in any up to `most`. */
export function exactInput(scope: Scope, shape: Shape, dtype: DType, most: Domain = "any"): Exact {
  const { draws, world } = scope;
  const drawn: Domain = world.values === "special" ? draws.one(["few", "infinite", "any"]) : "few";
  const domain = isWithin(most)({ domain: drawn }) ? drawn : most;
  return { ...few(world.input({ shape, dtype, bound: 2, domain })), domain: dtype === "f32" ? domain : "few" };
}

export const randomDtype = ({ draws }: Scope): DType => draws.one(["f32", "f32", "i32", "bool"]);

export function randomShape({ draws, world }: Scope): Shape {
  const rank = draws.weighted([
    [1, 0],
    [4, 1],
    [5, 2],
    [3, 3],
  ]);
  return Array.from({ length: rank }, () =>
    draws.weighted<Dim>([
      [4, world.B],
      [3, world.T],
      [3, HIDDEN],
      [3, FEATURES],
      [2, 1],
      [0.3, 0],
    ]),
  );
}

/** A value to combine with another: one that broadcasts with it, either way, or a new input that does. */
export function partnerOf(scope: Scope, { tensor }: Exact, most: Domain = "any"): Exact {
  const { shape, dtype } = tensor;
  const fits = (value: Exact) =>
    value.tensor.dtype === dtype && isWithin(most)(value) && broadcastWith(value.tensor.shape, shape);
  const known = scope.draws.chance(0.6) ? pickExact(scope, fits) : undefined;
  return known ?? exactInput(scope, besideShape(scope, shape), dtype, most);
}

/** A shape that broadcasts with another: without leading axes, with 1s for sizes, with sizes for 1s. */
export function besideShape({ draws }: Scope, shape: Shape): Shape {
  const kept = draws.chance(0.3) ? shape.slice(draws.int(0, shape.length)) : shape;
  return kept.map((d) => (draws.chance(0.3) ? (d === 1 ? draws.one([0, FEATURES]) : 1) : d));
}

function broadcastWith(a: Shape, b: Shape): boolean {
  const rank = Math.min(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => [a[a.length - 1 - i], b[b.length - 1 - i]] as [Dim, Dim]).every(
    ([x, y]) => x === 1 || y === 1 || sameDim(x, y),
  );
}

/** Whether x broadcasts to exactly `to`. */
export const broadcastsTo = (shape: Shape, to: Shape): boolean =>
  shape.length <= to.length && shape.every((d, i) => d === 1 || sameDim(d, to[i + to.length - shape.length] as Dim));

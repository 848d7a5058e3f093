import { type Dim, maximum, minimum, type Shape, sameDim, sameShape, select, type Tensor } from "@throughtime/core";
import { exactInput, few, isWithin, keepExact, pickExact, randomDtype } from "./exact.js";
import { countOf, type Domain, type Exact, FEATURES, HIDDEN, type Scope } from "./scope.js";

/** What is exact about a scan: carries, xs and ys of any dtype. */
export interface ExactParts {
  readonly inits: Tensor[];
  readonly xs: Tensor[];
  /** The values that a step begins with. */
  inside(carries: readonly Tensor[], xs: readonly Tensor[]): Exact[];
  /** The next carries, and ys. */
  results(inner: Scope, carries: readonly Tensor[], steps: number): [next: Tensor[], ys: Tensor[]];
  /** Keeps what the scan gave. */
  after(carries: readonly Tensor[], ys: readonly Tensor[]): void;
}

export const noExact: ExactParts = {
  inits: [],
  xs: [],
  inside: () => [],
  results: () => [[], []],
  after: () => undefined,
};

/** No, one or two carries; no, one or two xs of `length` rows. */
export function exactParts(scope: Scope, length: Dim): ExactParts {
  const { draws, world } = scope;
  const domain: Domain = world.values === "special" ? "any" : "few";
  const inits = Array.from({ length: draws.int(0, 2) }, () => {
    const dtype = randomDtype(scope);
    const shape = draws.one<Shape>([[world.B, HIDDEN], [world.B], [FEATURES], []]);
    const fits = ({ tensor, bound, unit, ...rest }: Exact) =>
      tensor.dtype === dtype && sameShape(tensor.shape, shape) && isCarried({ bound, unit }) && isWithin(domain)(rest);
    return pickExact(scope, fits) ?? exactInput(scope, shape, dtype);
  });
  const xs = Array.from({ length: draws.int(0, 2) }, () => {
    const known = pickExact(scope, ({ tensor: { shape } }) => shape[0] !== undefined && sameDim(shape[0], length));
    return (
      known ??
      exactInput(scope, [length, ...draws.one<Shape>([[], [world.B], [world.B, FEATURES]])], randomDtype(scope))
    );
  });
  const asCarry = (tensor: Tensor): Exact => ({ ...few(tensor), domain: tensor.dtype === "f32" ? domain : "few" });
  const ys: Exact[] = [];
  return {
    inits: inits.map(({ tensor }) => tensor),
    xs: xs.map(({ tensor }) => tensor),
    inside: (carries, rows) => [...carries.map(asCarry), ...rows.map((tensor, i) => ({ ...(xs[i] as Exact), tensor }))],
    results(inner, carries, steps) {
      const next = carries.map((carry) => nextOf(inner, carry, domain));
      const chosen = inner.exact.filter(
        ({ tensor }) => draws.chance(0.6) && countOf(scope, tensor.shape) * Math.max(steps, 1) <= 2000,
      );
      // A step may be traced once more; what counts is the last time.
      ys.length = 0;
      for (const y of chosen) ys.push(y);
      return [next, chosen.map(({ tensor }) => tensor)];
    },
    after(carries, stacked) {
      for (const tensor of carries) keepExact(scope, asCarry(tensor));
      stacked.forEach((tensor, i) => keepExact(scope, { ...(ys[i] as Exact), tensor }));
    },
  };
}

/** A carry is of as few digits after a step as before. */
const isCarried = ({ bound, unit }: { readonly bound: number; readonly unit: number }): boolean =>
  bound <= 2 && unit >= 0.5;

function nextOf(inner: Scope, carry: Tensor, domain: Domain): Tensor {
  const { draws } = inner;
  const found = pickExact(
    inner,
    (value) =>
      value.tensor.dtype === carry.dtype &&
      sameShape(value.tensor.shape, carry.shape) &&
      (carry.dtype !== "f32" || (value.unit >= 0.5 && isWithin(domain)(value))),
  );
  if (!found) return carry;
  const isBounded = carry.dtype !== "f32" || found.domain === "any" || found.bound <= 2;
  const next = isBounded ? found.tensor : minimum(maximum(found.tensor, -2), 2);
  if (carry.dtype === "bool" || draws.chance(0.5)) return next;
  return draws.chance(0.5) ? maximum(carry, next) : select(exactInput(inner, carry.shape, "bool").tensor, next, carry);
}

import {
  add,
  cast,
  constant,
  type Dim,
  elementCount,
  gather,
  less,
  minimum,
  mul,
  ndarray,
  type Shape,
  sameDim,
  sameShape,
  scan,
  select,
  sigmoid,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "@throughtime/core";
import { exactParts, noExact } from "./exact-scans.js";
import {
  countOf,
  type Entry,
  FEATURES,
  HIDDEN,
  keep,
  newInput,
  pick,
  pickShape,
  type Scope,
  squash,
  VOCABULARY,
} from "./scope.js";
import { step } from "./step.js";

/** How a carry goes on. All keep it bounded. */
type CarryKind = "state" | "leaky" | "sum" | "keep" | "other";

/**
 * A scan over values at hand, or over none: forward or backward; carries that are states, leaky averages, sums over
 * time, never change, or follow another; an integer counter; ys of the carry, of x alone, of what is captured alone; and
 * bodies that hold scans again.
 */
export function scanStep(scope: Scope): void {
  const { draws, world } = scope;
  const xs = pickXs(scope);
  const first = xs[0];
  const length: Dim = first ? (first.tensor.shape[0] as Dim) : draws.one<Dim>([world.T, 1, 3]);
  const steps = countOf(scope, [length]);
  const carries = Array.from({ length: draws.int(xs.length > 0 ? 0 : 1, 3) }, () => startOf(scope, steps));
  const counter = draws.chance(0.25);
  const exact = world.values === "tame" ? noExact : exactParts(scope, length);
  const ys: { bound: number }[] = [];
  const [last, stacked] = scan(
    ([carry, count, kept]: Carry, [x, exactXs]: [Tensor[], Tensor[]]): [Carry, [Tensor[], Tensor[]]] => {
      const inner: Scope = {
        world,
        draws,
        outer: scope,
        depth: scope.depth - 1,
        pool: [
          ...carry.map((tensor, i) => ({ tensor, bound: (carries[i] as Start).bound })),
          ...x.map((tensor, i) => ({ tensor, bound: (xs[i] as Entry).bound })),
        ],
        exact: exact.inside(kept, exactXs),
      };
      const own = inner.pool.length;
      if (count[0]) useCounter(inner, count[0]);
      const size = draws.int(1, world.bodySize);
      for (let i = 0; i < size; i++) step(inner);
      const next = carry.map((c, i) => nextOf(inner, c, carries[i] as Start, carry));
      const chosen = chooseYs(inner, own, carries.length === 0 && !counter && exact.inits.length === 0);
      for (const y of chosen) ys.push(y);
      if (draws.chance(0.3)) next.forEach((tensor, i) => chosen.push({ tensor, bound: (carries[i] as Start).bound }));
      const small = chosen.filter(({ tensor }) => countOf(scope, [elementCount(tensor.shape)]) * steps <= 2000);
      ys.length = 0;
      for (const y of small) ys.push(y);
      const [nextExact, exactYs] = exact.results(inner, kept, steps);
      return [
        [next, count.map((n) => add(n, 1)), nextExact],
        [small.map(({ tensor }) => tensor), exactYs],
      ];
    },
    [carries.map(({ init }) => init), counter ? [constant(ndarray(0, { dtype: "i32" }))] : [], exact.inits],
    [xs.map(({ tensor }) => tensor), exact.xs],
    { reverse: draws.chance(0.4), length },
  );
  last[0].forEach((tensor, i) => keep(scope, tensor, (carries[i] as Start).bound));
  for (const n of last[1]) keep(scope, mul(cast(n, "f32"), 0.1), 1);
  stacked[0].forEach((tensor, i) => keep(scope, tensor, (ys[i] as { bound: number }).bound));
  exact.after(last[2], stacked[1]);
}

/** Tame carries, a counter, exact carries. */
type Carry = [Tensor[], Tensor[], Tensor[]];

interface Start {
  readonly init: Tensor;
  readonly bound: number;
  readonly kind: CarryKind;
}

/** One to three values with one leading axis; now and then none. */
function pickXs(scope: Scope): Entry[] {
  const { draws, world } = scope;
  if (draws.chance(0.1)) return [];
  const first =
    (draws.chance(0.7) && pick(scope, ({ tensor }) => tensor.shape.length >= 2 && tensor.shape.length <= 3)) ||
    newInput(scope, [world.T, world.B, FEATURES]);
  const length = first.tensor.shape[0] as Dim;
  const more = Array.from({ length: draws.int(0, 2) }, () =>
    pick(scope, ({ tensor }) => tensor.shape.length >= 1 && sameDim(tensor.shape[0] as Dim, length)),
  );
  return [first, ...more.filter((entry) => entry !== undefined)].map((entry) => squash(scope, entry));
}

function startOf(scope: Scope, steps: number): Start {
  const { draws, world } = scope;
  const shape = draws.weighted<Shape>([
    [6, [world.B, HIDDEN]],
    [1, [HIDDEN]],
    [1, []],
    [1, [world.B, FEATURES]],
  ]);
  const kind = draws.weighted<CarryKind>([
    [5, "state"],
    [2, "leaky"],
    [2, "sum"],
    [1, "keep"],
    [1, "other"],
  ]);
  const start = draws.chance(0.3) ? { tensor: zeros(shape), bound: 0 } : squash(scope, pickShape(scope, shape));
  return { init: start.tensor, bound: Math.max(2, start.bound) + (kind === "sum" ? steps : 0), kind };
}

/** A carry's next value, of its own shape and within its bound. */
function nextOf(inner: Scope, carry: Tensor, { kind }: Start, all: readonly Tensor[]): Tensor {
  const value = (): Tensor => {
    const entry = pick(inner, ({ tensor }) => sameShape(tensor.shape, carry.shape)) ?? newInput(inner, carry.shape);
    return entry.bound <= 1 ? entry.tensor : tanh(entry.tensor);
  };
  if (kind === "keep") return carry;
  if (kind === "other") {
    const others = all.filter((other) => other !== carry && sameShape(other.shape, carry.shape));
    if (others.length > 0) return tanh(inner.draws.one(others));
  }
  if (kind === "sum") return add(carry, value());
  if (kind === "state") return value();
  const f = sigmoid(value());
  return add(mul(f, carry), mul(sub(1, f), value()));
}

/** An integer carry: as a number, as a condition, as an index. */
function useCounter(inner: Scope, count: Tensor): void {
  const kind = inner.draws.one(["number", "condition", "index"] as const);
  if (kind === "number") keep(inner, mul(cast(count, "f32"), 0.1), 1);
  else if (kind === "index")
    keep(inner, gather(newInput(inner, [VOCABULARY, HIDDEN]).tensor, minimum(count, VOCABULARY - 1)), 1);
  else {
    const entry = pickShape(inner, [inner.world.B, HIDDEN]);
    keep(inner, select(less(count, 2), entry.tensor, mul(0.5, entry.tensor)), entry.bound);
  }
}

function chooseYs(inner: Scope, own: number, needed: boolean): Entry[] {
  const { draws, outer } = inner;
  const made = inner.pool.slice(own);
  const chosen = made.filter(() => draws.chance(0.35));
  if (made.length > 0 && needed && chosen.length === 0) chosen.push(made.at(-1) as Entry);
  if (draws.chance(0.15) && inner.pool.length > 0) chosen.push(draws.one(inner.pool));
  if (draws.chance(0.1) && outer && outer.pool.length > 0) chosen.push(draws.one(outer.pool));
  return chosen;
}

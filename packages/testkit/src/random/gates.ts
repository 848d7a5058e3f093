import { add, type Dim, matmul, mul, sigmoid, split, sub, type Tensor, tanh } from "@throughtime/core";
import { HIDDEN, keep, newInput, pick, pickShape, type Scope, squash } from "./scope.js";
import { productBound, weightFor } from "./structural.js";

/** Pre-activations of `count` gates from one or two operands; each with the magnitude that it may have. */
interface Gates {
  readonly parts: readonly Tensor[];
  readonly bound: number;
}

/**
 * Gates as cells write them: one product cut into parts or one product each, under functions that neighbours share or
 * do not, put together as c′ = f·c + i·g and the like. What passes stack, group and move is all here.
 */
export function gateStep(scope: Scope): void {
  const entry = pick(scope, ({ tensor }) => tensor.shape.length >= 2);
  if (!entry) return;
  const x = squash(scope, entry);
  const shape = [...x.tensor.shape.slice(0, -1), HIDDEN];
  const h = scope.draws.chance(0.6) ? squash(scope, pickShape(scope, shape)) : undefined;
  const count = scope.draws.int(2, 4);
  const fused = scope.draws.chance(0.5);
  const gates = fused ? fusedGates(scope, x, h, count) : separateGates(scope, x, h, count);
  const c = squash(scope, pickShape(scope, shape));
  const peephole = scope.draws.chance(0.3);
  const activated = gates.parts.map((z, i) => {
    const seen = peephole && i < 2 ? add(z, mul(c.tensor, newInput(scope, [HIDDEN]).tensor)) : z;
    return scope.draws.chance(i === count - 1 ? 0.3 : 0.7) ? sigmoid(seen) : tanh(seen);
  });
  const [i, f, o, g] = [0, 1, 2, 3].map((at) => activated[at % count]) as [Tensor, Tensor, Tensor, Tensor];
  const next = scope.draws.one([
    () => add(mul(f, c.tensor), mul(i, g)),
    () => add(mul(sub(1, f), g), mul(f, c.tensor)),
    () => mul(o, tanh(add(mul(f, c.tensor), mul(i, g)))),
    () => mul(i, add(c.tensor, g)),
  ])();
  keep(scope, next, c.bound + 1);
  if (scope.draws.chance(0.4)) keep(scope, mul(o, tanh(next)), 1);
  if (scope.draws.chance(0.3)) keep(scope, activated[0] as Tensor, 1);
}

type Operand = { readonly tensor: Tensor; readonly bound: number };

const width = (x: Operand): Dim => x.tensor.shape.at(-1) as Dim;

/** z = x·W + h·U + b of width count·H, cut into parts. */
function fusedGates(scope: Scope, x: Operand, h: Operand | undefined, count: number): Gates {
  let z = product(scope, x, count * HIDDEN);
  if (h) {
    const other = product(scope, h, count * HIDDEN);
    z = { tensor: add(z.tensor, other.tensor), bound: z.bound + other.bound };
  }
  if (scope.draws.chance(0.7))
    z = { tensor: add(z.tensor, newInput(scope, [count * HIDDEN]).tensor), bound: z.bound + 1 };
  return { parts: split(z.tensor, count), bound: z.bound };
}

/** z_j = x·W_j + h·U_j + b_j, j = 1 … count. */
function separateGates(scope: Scope, x: Operand, h: Operand | undefined, count: number): Gates {
  const biased = scope.draws.chance(0.7);
  const parts = Array.from({ length: count }, () => {
    const terms = [product(scope, x, HIDDEN).tensor];
    if (h) terms.push(product(scope, h, HIDDEN).tensor);
    if (biased) terms.push(newInput(scope, [HIDDEN]).tensor);
    return terms.reduce((a, b) => add(a, b));
  });
  return { parts, bound: 10 };
}

function product(scope: Scope, x: Operand, p: number): Operand {
  const k = width(x);
  const w = weightFor(scope, k, p);
  return { tensor: matmul(x.tensor, w.tensor), bound: productBound(scope, x, w, k) };
}

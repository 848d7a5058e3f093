import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  dim,
  matmul,
  mul,
  optimize,
  type Program,
  scan,
  sigmoid,
  sum,
  type Tensor,
  tanh,
  trace,
  type,
  valueAndGrad,
  zeros,
} from "../src/index.js";

const [D, H] = [5, 7];
const f32 = (...shape: (number | string)[]) => type(shape, "f32");

type State = { h: Tensor; c: Tensor };
type Step<P> = (p: P, state: State, x: Tensor) => [State, Tensor];

/** The products in each loop of a loss and its gradient, forward and backward, after the passes. */
function productsInLoops<P extends Record<string, Tensor>>(
  params: Record<keyof P, ReturnType<typeof f32>>,
  step: Step<P>,
) {
  const { program } = trace(
    (p: P, xs: Tensor) =>
      valueAndGrad((q: P) => {
        const initial = { h: zeros([dim("B"), H]), c: zeros([dim("B"), H]) };
        const [, hs] = scan((state: State, x: Tensor) => step(q, state, x), initial, xs);
        return sum(mul(hs, hs));
      }, p),
    [params as never, f32("T", "B", D)],
  );
  const { equations } = optimize(program, () => false).program;
  return equations
    .filter(({ op }) => op.name === "scan")
    .map(({ params }) => countOps((params as { body: Program }).body).matmul ?? 0);
}

const gates = ["i", "f", "o", "g"] as const;
const eight = Object.fromEntries(
  gates.flatMap((gate) => [
    [`W${gate}`, f32(D, H)],
    [`U${gate}`, f32(H, H)],
    [`b${gate}`, f32(H)],
  ]),
);

/** As a textbook has it: a product with x and one with h for each gate. */
const textbook: Step<Record<string, Tensor>> = (p, { h, c }, x) => {
  const z = (gate: string) =>
    add(matmul(x, p[`W${gate}`] as Tensor), matmul(h, p[`U${gate}`] as Tensor), p[`b${gate}`] as Tensor);
  const next = add(mul(sigmoid(z("f")), c), mul(sigmoid(z("i")), tanh(z("g"))));
  const out = mul(sigmoid(z("o")), tanh(next));
  return [{ h: out, c: next }, out];
};

/** Gers & Schmidhuber 2000: the gates see the cell too. */
const peephole: Step<Record<string, Tensor>> = (p, { h, c }, x) => {
  const z = (gate: string) =>
    add(matmul(x, p[`W${gate}`] as Tensor), matmul(h, p[`U${gate}`] as Tensor), p[`b${gate}`] as Tensor);
  const i = sigmoid(add(z("i"), mul(p.pi as Tensor, c)));
  const f = sigmoid(add(z("f"), mul(p.pf as Tensor, c)));
  const next = add(mul(f, c), mul(i, tanh(z("g"))));
  const out = mul(sigmoid(add(z("o"), mul(p.po as Tensor, next))), tanh(next));
  return [{ h: out, c: next }, out];
};

describe("one product is left in the forward loop and one in the backward loop of a cell that a user wrote", () => {
  test("as an LSTM with eight separate gate matrices", () => {
    expect(productsInLoops(eight, textbook)).toEqual([1, 1]);
  });

  test("as a peephole LSTM with eight separate gate matrices", () => {
    expect(productsInLoops({ ...eight, pi: f32(H), pf: f32(H), po: f32(H) }, peephole)).toEqual([1, 1]);
  });
});

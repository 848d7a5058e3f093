import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  matmul,
  mul,
  neg,
  type Program,
  sigmoid,
  slice,
  sub,
  type Tensor,
  tanh,
  transpose,
  type,
} from "../../src/index.js";
import type { Ranks } from "../../src/passes/analysis.js";
import { regroup } from "../../src/passes/regroup.js";
import { carried, linesOf, perStep, rewriteRanked, still } from "./rule.js";

const vector = type(["B", 4]);
const weight = type([4, 4]);
const types = {
  h: carried(vector),
  k: carried(vector),
  s: perStep(vector),
  t: perStep(vector),
  r: still(type([4])),
  W: still(weight),
  U: still(weight),
};
type Inputs = Record<keyof typeof types, Tensor>;

const joining = (program: Program, ranks: Ranks) => regroup(program, ranks, true);
const lines = (fn: (inputs: Inputs) => Tensor | Tensor[], rule = joining) => linesOf(rewriteRanked(rule, types, fn));

describe("in a product, what does not depend on the carry meets first:", () => {
  test.each<[string, (inputs: Inputs) => Tensor, string[]]>([
    ["(h·s)·t", ({ h, s, t }) => mul(mul(h, s), t), ["a = mul(s, t)", "b = mul(h, a)", "return b"]],
    ["s·(t·h)", ({ h, s, t }) => mul(s, mul(t, h)), ["a = mul(s, t)", "b = mul(h, a)", "return b"]],
    ["a sign leaves too", ({ h, s }) => neg(mul(h, s)), ["a = neg(s)", "b = mul(h, a)", "return b"]],
    ["two signs are none", ({ h, k }) => mul(neg(h), neg(k)), ["a = mul(h, k)", "return a"]],
  ])("%s", (_, fn, expected) => {
    expect(lines(fn)).toEqual(expected);
  });

  test("two carried factors meet each other, and two still ones", () => {
    const after = rewriteRanked(joining, types, ({ h, k, s, t }) => mul(mul(h, s), mul(k, t)));
    expect(countOps(after)).toEqual({ mul: 3 });
    const [root] = after.outputs as [Tensor];
    const operands = root.node.inputs.map(({ node }) => node.inputs.map((input) => after.inputs.indexOf(input)));
    expect(operands).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
});

describe("a product stays", () => {
  test.each<[string, (inputs: Inputs) => Tensor | Tensor[]]>([
    ["that has one still factor at its root", ({ h, k, s }) => mul(mul(h, k), s)],
    ["of carried factors alone", ({ h, k }) => mul(h, k)],
    ["of still factors alone: it leaves the loop as it is", ({ s, t, r }) => mul(mul(s, t), r)],
    [
      "whose inner product is read elsewhere",
      ({ h, s, t }) => {
        const inner = mul(h, s);
        return [mul(inner, t), tanh(inner)];
      },
    ],
  ])("%s", (_, fn) => {
    const kept = (program: Program, ranks: Ranks) => {
      const after = joining(program, ranks);
      expect(after).toBe(program);
      return after;
    };
    lines(fn, kept);
  });
});

describe("in a sum,", () => {
  test("still terms meet first, with their signs", () => {
    const after = rewriteRanked(joining, types, ({ h, s, t }) => sub(add(s, h), t));
    expect(countOps(after)).toEqual({ sub: 1, add: 1 });
    const [root] = after.outputs as [Tensor];
    const still = root.node.inputs.map(({ node }) => node).find(({ inputs }) => inputs.length === 2);
    expect(still?.op.name).toBe("sub");
    expect(still?.inputs.map((input) => after.inputs.indexOf(input))).toEqual([2, 3]);
  });

  test("products with weights add up as one", () => {
    const sumOfProducts = ({ h, k, W, U }: Inputs) => add(matmul(h, W), matmul(k, U));
    const after = rewriteRanked(joining, types, sumOfProducts);
    expect(countOps(after)).toEqual({ concat: 2, matmul: 1 });
  });

  test("also where one of the weights is turned", () => {
    const after = rewriteRanked(joining, types, ({ h, k, W, U }) =>
      add(matmul(h, W, { transposeB: true }), matmul(k, U)),
    );
    expect(countOps(after)).toEqual({ concat: 2, transpose: 1, matmul: 1 });
  });

  test("terms of one carried factor become its product with a sum that leaves the loop", () => {
    const after = rewriteRanked(joining, types, ({ h, s, t }) => sub(mul(h, s), mul(h, t)));
    expect(countOps(after)).toEqual({ sub: 1, mul: 1 });
    const factored = rewriteRanked(joining, types, ({ h, s }) => add(h, mul(h, s)));
    expect(countOps(factored)).toEqual({ constant: 1, add: 1, mul: 1 });
  });
});

describe("a sum stays", () => {
  const same = (fn: (inputs: Inputs) => Tensor | Tensor[], rule = joining) =>
    lines(fn, (program, ranks) => {
      const after = rule(program, ranks);
      expect(after).toBe(program);
      return after;
    });

  test("of products with weights, where nothing is to be joined yet", () => {
    same(
      ({ h, k, W, U }) => add(matmul(h, W), matmul(k, U)),
      (program, ranks) => regroup(program, ranks, false),
    );
  });

  test("of products one of which is read elsewhere, or is subtracted", () => {
    same(({ h, k, W, U }) => {
      const product = matmul(h, W);
      return [add(product, matmul(k, U)), sigmoid(product)];
    });
    same(({ h, k, W, U }) => sub(matmul(h, W), matmul(k, U)));
  });

  test("of products whose right operand is carried too, or whose left operand is turned", () => {
    same(({ h, k, W }) => add(matmul(h, W), matmul(k, matmul(k, k, { transposeA: true }))));
    same(({ h, W }) => {
      const square = matmul(h, h, { transposeA: true });
      return add(matmul(square, W, { transposeA: true }), matmul(transpose(square), W, { transposeA: true }));
    });
  });

  test("of one still term and carried ones", () => {
    same(({ h, k, s }) => add(add(h, s), k));
  });

  test("of products one of which the sum repeats along an axis: it has other rows", () => {
    same(({ h, k, W, U }) => add(matmul(h, W), matmul(slice(k, { axis: 0, start: 0, end: 1 }), U)));
  });
});

import { describe, expect, test } from "vitest";
import { concat, countOps, matmul, type Program, slice, split, type Tensor, type } from "../../src/index.js";
import type { Ranks } from "../../src/passes/analysis.js";
import { separateProducts, separateStill } from "../../src/passes/separate-products.js";
import { carried, linesOf, perStep, rewrite, rewriteRanked, still } from "./rule.js";

const types = {
  x: perStep(type(["B", 3])),
  h: carried(type(["B", 4])),
  W: still(type([7, 5])),
  Wt: still(type([5, 7])),
};
type Inputs = Record<keyof typeof types, Tensor>;

const stays = (fn: (inputs: Inputs) => unknown) =>
  rewriteRanked(
    (program: Program, ranks: Ranks) => {
      const after = separateStill(program, ranks);
      expect(after).toBe(program);
      return after;
    },
    types,
    fn,
  );

describe("in a loop, [x h]·W is x·W₁ + h·W₂:", () => {
  test("what depends on the carry by itself, and what does not", () => {
    expect(linesOf(rewriteRanked(separateStill, types, ({ x, h, W }) => matmul(concat([x, h]), W)))).toEqual([
      "a = slice(W, axis=0, start=0, end=3)",
      "b = matmul(x, a)",
      "c = slice(W, axis=0, start=3, end=7)",
      "d = matmul(h, c)",
      "e = add(b, d)",
      "return e",
    ]);
  });

  test("with a turned weight its columns are taken", () => {
    const after = rewriteRanked(separateStill, types, ({ x, h, Wt }) =>
      matmul(concat([x, h]), Wt, { transposeB: true }),
    );
    expect(linesOf(after)[0]).toBe("a = slice(Wt, axis=1, start=0, end=3)");
    expect(countOps(after)).toEqual({ slice: 2, matmul: 2, add: 1 });
  });

  test("also where the joint is the right operand", () => {
    const right = { x: perStep(type([3, "B"])), h: carried(type([4, "B"])), W: still(type([5, 7])) };
    const after = rewriteRanked(separateStill, right, ({ x, h, W }) => matmul(W, concat([x, h], { axis: 0 })));
    expect(countOps(after)).toEqual({ slice: 2, matmul: 2, add: 1 });
  });

  test.each<[string, (inputs: Inputs) => unknown]>([
    [
      "carried parts alone",
      ({ h, Wt }) => matmul(concat([h, slice(h, { axis: 1, start: 0, end: 3 })]), Wt, { transposeB: true }),
    ],
    [
      "still parts alone",
      ({ x, Wt }) => matmul(concat([x, x, slice(x, { axis: 1, start: 0, end: 1 })]), Wt, { transposeB: true }),
    ],
    [
      "parts joined along the rows",
      ({ x, h, W }) =>
        matmul(
          concat([slice(h, { axis: 1, start: 0, end: 3 }), x], { axis: 0 }),
          slice(W, { axis: 0, start: 0, end: 3 }),
        ),
    ],
  ])("but not of %s", (_, fn) => {
    stays(fn);
  });
});

describe("slices of a product become products with slices, where they are told apart:", () => {
  const columns = { a: type(["B", 3]), W: type([3, 8]), Wt: type([8, 3]), rows: type([4, 3]) };
  const apart = (program: Program) => separateProducts(program, () => true);

  test("columns of the right operand", () => {
    const after = rewrite(apart, columns, ({ a, W }) => split(matmul(a, W), 2));
    expect(linesOf(after)).toEqual([
      "b = slice(W, axis=1, start=0, end=4)",
      "c = matmul(a, b)",
      "d = slice(W, axis=1, start=4, end=8)",
      "e = matmul(a, d)",
      "return c, e",
    ]);
  });

  test("rows of a right operand that is turned, and of the left operand", () => {
    const turned = rewrite(apart, columns, ({ a, Wt }) => split(matmul(a, Wt, { transposeB: true }), 2));
    expect(linesOf(turned)[0]).toBe("b = slice(Wt, axis=0, start=0, end=4)");
    const left = rewrite(apart, columns, ({ rows, W }) => split(matmul(rows, W), 2, { axis: 0 }));
    expect(linesOf(left)[0]).toBe("b = slice(rows, axis=0, start=0, end=2)");
  });

  test.each<[string, (inputs: Record<keyof typeof columns, Tensor>) => unknown]>([
    [
      "the product itself is read too",
      ({ a, W }) => {
        const y = matmul(a, W);
        return [...split(y, 2), y];
      },
    ],
    ["there is one slice only", ({ a, W }) => slice(matmul(a, W), { axis: 1, start: 0, end: 4 })],
  ])("but not where %s", (_, fn) => {
    const product = (program: Program) => {
      const after = apart(program);
      expect(after).toBe(program);
      return after;
    };
    rewrite(product, columns, fn);
  });
});

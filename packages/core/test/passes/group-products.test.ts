import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  matmul,
  type Program,
  sigmoid,
  slice,
  split,
  type Tensor,
  tanh,
  type,
} from "../../src/index.js";
import { groupProducts } from "../../src/passes/group-products.js";
import { tidy } from "../../src/passes/simplify.js";
import { carried, linesOf, rewrite, rewriteRanked, still } from "./rule.js";

const types = {
  x: type(["B", 4]),
  W: type([4, 3]),
  U: type([4, 2]),
  V: type([4, 12]),
  Wt: type([3, 4]),
  Ut: type([2, 4]),
};
type Inputs = Record<keyof typeof types, Tensor>;

describe("products of one left operand become one:", () => {
  test("with the right operands joined", () => {
    const after = rewrite(groupProducts, types, ({ x, W, U }) => [matmul(x, W), matmul(x, U)]);
    expect(linesOf(after)).toEqual([
      "a = concat(W, U, axis=1)",
      "b = matmul(x, a)",
      "c = slice(b, axis=1, start=0, end=3)",
      "d = slice(b, axis=1, start=3, end=5)",
      "return c, d",
    ]);
  });

  test("also where these are turned", () => {
    const turned = { transposeB: true };
    const after = rewrite(groupProducts, types, ({ x, Wt, Ut }) => [matmul(x, Wt, turned), matmul(x, Ut, turned)]);
    expect(linesOf(after).slice(0, 2)).toEqual(["a = concat(Wt, Ut, axis=0)", "b = matmul(x, a, transposeB=true)"]);
  });

  test("slices of one tensor in their order, so that their joint is that tensor", () => {
    const after = rewrite(
      (p) => tidy(groupProducts(p)),
      types,
      ({ x, V }) => {
        const [a, b, c] = split(V, 3);
        return [c, a, b].map((part) => matmul(x, part as Tensor));
      },
    );
    expect(linesOf(after)[0]).toBe("a = matmul(x, V)");
  });

  test("others in the order of where they end up: gates of one function side by side", () => {
    const after = rewrite(groupProducts, types, ({ x, W, U, V }) => [
      sigmoid(matmul(x, W)),
      tanh(matmul(x, U)),
      sigmoid(matmul(x, V)),
    ]);
    expect(linesOf(after)[0]).toBe("a = concat(W, V, U, axis=1)");
  });

  test("neighbouring slices, however large the tensor is", () => {
    const wide = { x: type([2, 4]), V: types.V };
    const after = rewrite(groupProducts, wide, ({ x, V }) => split(V, 3).map((part) => matmul(x, part)));
    expect(countOps(after).matmul).toBe(1);
  });

  test("in a loop, those with weights that do not change, however large", () => {
    const body = { h: carried(type([1, 4])), W: still(types.W), U: still(types.U) };
    const fn = ({ h, W, U }: Record<keyof typeof body, Tensor>) => [matmul(h, W), matmul(h, U)];
    expect(countOps(rewriteRanked(groupProducts, body, fn)).matmul).toBe(1);
    expect(countOps(rewrite((p) => groupProducts(p), body, fn)).matmul).toBe(2);
  });
});

describe("products stay", () => {
  test.each<[string, (inputs: Inputs) => Tensor[]]>([
    ["of different left operands", ({ x, W, U }) => [matmul(x, W), matmul(tanh(x), U)]],
    [
      "of which one is turned and the other is not",
      ({ x, W, Ut }) => [matmul(x, W), matmul(x, Ut, { transposeB: true })],
    ],
    ["with one right operand: they are one by other means", ({ x, W }) => [matmul(x, W), matmul(x, W)]],
    [
      "of which one needs the other",
      ({ x, W, V }) => {
        const first = matmul(x, W);
        const weights = add(slice(V, { axis: 1, start: 0, end: 3 }), slice(first, { axis: 0, start: 0, end: 1 }));
        return [matmul(x, weights)];
      },
    ],
  ])("%s", (_, fn) => {
    const kept = (program: Program) => {
      const after = groupProducts(program);
      expect(after).toBe(program);
      return after;
    };
    rewrite(kept, types, fn);
  });

  test("in a loop, with weights that the loop makes itself", () => {
    const body = { h: carried(type(["B", 4])), W: carried(types.W), U: carried(types.U) };
    const after = rewriteRanked(groupProducts, body, ({ h, W, U }) => [matmul(h, W), matmul(h, U)]);
    expect(countOps(after)).toEqual({ matmul: 2 });
  });
});

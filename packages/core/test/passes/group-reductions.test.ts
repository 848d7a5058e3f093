import { describe, expect, test } from "vitest";
import { countOps, type Program, scatterAdd, slice, sum, type Tensor, type, zeros } from "../../src/index.js";
import { groupReductions } from "../../src/passes/group-reductions.js";
import { linesOf, rewrite } from "./rule.js";

const types = {
  z: type(["B", 12]),
  y: type(["B", 12]),
  i: type(["B"], "i32"),
  j: type(["B"], "i32"),
  t: type([2, 4]),
  w: type([2, 12]),
  k: type([1], "i32"),
};
type Inputs = Record<keyof typeof types, Tensor>;
const third = (x: Tensor, at: number) => slice(x, { axis: 1, start: 4 * at, end: 4 * at + 4 });
const scattered = (indices: Tensor, updates: Tensor) =>
  scatterAdd(zeros([2, updates.shape[1] as number]), indices, updates);

describe("over neighbouring slices,", () => {
  test("sums become one over their union, and slices of it", () => {
    const after = rewrite(groupReductions, types, ({ z }) => [1, 0].map((at) => sum(third(z, at), { axis: 0 })));
    expect(linesOf(after)).toEqual([
      "a = slice(z, axis=1, start=0, end=8)",
      "b = sum(a, axis=[0])",
      "c = slice(b, axis=0, start=0, end=4)",
      "d = slice(b, axis=0, start=4, end=8)",
      "return d, c",
    ]);
  });

  test("also sums that keep their axes", () => {
    const after = rewrite(groupReductions, types, ({ z }) =>
      [0, 1, 2].map((at) => sum(third(z, at), { axis: 0, keepDims: true })),
    );
    expect(linesOf(after)[0]).toMatch(/^a = sum\(z, axis=\[0\], keepDims=true\)/);
    expect(countOps(after)).toEqual({ sum: 1, slice: 3 });
  });

  test("scattered sums onto zeros become one, onto wider zeros", () => {
    const after = rewrite(groupReductions, types, ({ z, i }) => [0, 1, 2].map((at) => scattered(i, third(z, at))));
    expect(countOps(after).scatterAdd).toBe(1);
    expect(after.outputs.map(({ shape }) => shape)).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
  });
});

describe("these stay as they are:", () => {
  test.each<[string, (inputs: Inputs) => Tensor[]]>([
    ["sums along the slices' axis", ({ z }) => [0, 1].map((at) => sum(third(z, at), { axis: 1 }))],
    ["sums over other axes", ({ z }) => [sum(third(z, 0), { axis: 0 }), sum(third(z, 1), { axis: 0, keepDims: true })]],
    ["sums of slices with a gap", ({ z }) => [0, 2].map((at) => sum(third(z, at), { axis: 0 }))],
    ["sums of slices of two tensors", ({ z, y }) => [sum(third(z, 0), { axis: 0 }), sum(third(y, 1), { axis: 0 })]],
    ["scattered sums by other indices", ({ z, i, j }) => [scattered(i, third(z, 0)), scattered(j, third(z, 1))]],
    ["scattered sums onto what is not zero", ({ z, i, t }) => [0, 1].map((at) => scatterAdd(t, i, third(z, at)))],
    [
      "scattered sums of slices that choose among the rows",
      ({ w, k }) => [0, 1].map((row) => scattered(k, slice(w, { axis: 0, start: row, end: row + 1 }))),
    ],
  ])("%s", (_, fn) => {
    const kept = (program: Program) => {
      const after = groupReductions(program);
      expect(after).toBe(program);
      return after;
    };
    rewrite(kept, types, fn);
  });
});

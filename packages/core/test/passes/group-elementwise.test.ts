import { describe, expect, test } from "vitest";
import {
  add,
  concat,
  countOps,
  mul,
  type Program,
  sigmoid,
  slice,
  sub,
  type Tensor,
  tanh,
  type,
} from "../../src/index.js";
import { CARRIED, INVARIANT, type Rank } from "../../src/passes/analysis.js";
import { eliminateCommon } from "../../src/passes/cse.js";
import { groupElementwise } from "../../src/passes/group-elementwise.js";
import { carried, linesOf, rewrite, rewriteRanked, still } from "./rule.js";

const types = { z: type(["B", 12]), y: type(["B", 12]), r: type([12]), c: type(["B", 4]) };
type Inputs = Record<keyof typeof types, Tensor>;
const lines = (fn: (inputs: Inputs) => unknown) => linesOf(rewrite(groupElementwise, types, fn));
const third = (x: Tensor, i: number) => slice(x, { axis: x.shape.length - 1, start: 4 * i, end: 4 * i + 4 });

describe("one op over neighbouring slices becomes one op over their union:", () => {
  test("three gates, one sigmoid", () => {
    expect(lines(({ z }) => [0, 1, 2].map((i) => sigmoid(third(z, i))))).toEqual([
      "a = sigmoid(z)",
      "b = slice(a, axis=1, start=0, end=4)",
      "d = slice(a, axis=1, start=4, end=8)",
      "e = slice(a, axis=1, start=8, end=12)",
      "return b, d, e",
    ]);
  });

  test("whatever order they stand in", () => {
    const after = rewrite(groupElementwise, types, ({ z }) => [1, 0].map((i) => tanh(third(z, i))));
    expect(countOps(after)).toEqual({ slice: 3, tanh: 1 });
  });

  test("what reads the results is grouped in turn", () => {
    const after = rewrite(groupElementwise, types, ({ z }) => [0, 1].map((i) => tanh(sigmoid(third(z, i)))));
    expect(countOps(after)).toMatchObject({ sigmoid: 1, tanh: 1 });
  });

  test.each<[string, (inputs: Inputs, i: number) => Tensor, Record<string, number>]>([
    ["a slice of another tensor at the same distance", ({ z, y }, i) => sub(third(z, i), third(y, i)), { sub: 1 }],
    ["a slice at another distance", ({ z, y }, i) => sub(third(z, i), third(y, i + 1)), { sub: 1 }],
    ["a column", ({ z, c }, i) => sub(third(z, i), slice(c, { axis: 1, start: 0, end: 1 })), { sub: 1 }],
    ["a part of lower rank", ({ z, r }, i) => sub(third(z, i), tanh(third(r, i))), { tanh: 1, sub: 1 }],
    [
      "a multiple of one tensor: peepholes",
      ({ z, c, r }, i) => sub(third(z, i), mul(c, third(r, i))),
      { mul: 1, sub: 1 },
    ],
  ])("the other operand may be %s", (_, fn, expected) => {
    const rule = (program: Program) => groupElementwise(eliminateCommon(program));
    const after = rewrite(rule, types, (inputs) => [0, 1].map((i) => sigmoid(fn(inputs, i))));
    const { slice: _slices, concat: _joints, ...ops } = countOps(after);
    expect(ops).toEqual({ ...expected, sigmoid: 1 });
  });

  test("in a loop, parts that do not change may be joined whatever their size, since that leaves the loop", () => {
    const bodies = { z: carried(types.z), p: still(types.c), q: still(types.c) };
    const fn = ({ z, p, q }: Record<keyof typeof bodies, Tensor>) => [add(third(z, 0), p), add(third(z, 1), q)];
    const ranks: Rank[] = [CARRIED, INVARIANT, INVARIANT];
    const after = rewriteRanked((p: Program) => groupElementwise(p, ranks), bodies, fn);
    expect(countOps(after)).toMatchObject({ concat: 1, add: 1 });
    expect(countOps(rewrite(groupElementwise, bodies, fn))).toMatchObject({ add: 2 });
  });
});

describe("these stay as they are:", () => {
  test.each<[string, (inputs: Inputs) => Tensor[]]>([
    ["slices with a gap", ({ z }) => [sigmoid(third(z, 0)), sigmoid(third(z, 2))]],
    ["slices of two tensors", ({ z, y }) => [sigmoid(third(z, 0)), sigmoid(third(y, 1))]],
    ["other functions", ({ z }) => [sigmoid(third(z, 0)), tanh(third(z, 1))]],
    ["operands in another order", ({ z, y }) => [sub(third(z, 0), third(y, 0)), sub(third(y, 1), third(z, 1))]],
    [
      "full operands that would have to be joined",
      ({ z, c, y }) => [add(third(z, 0), c), add(third(z, 1), tanh(third(y, 2)))],
    ],
    [
      "one op that needs the other",
      ({ z }) => {
        const first = add(third(z, 0), 0.5);
        return [add(third(z, 1), slice(first, { axis: 1, start: 0, end: 1 })), first];
      },
    ],
    [
      "slices along different axes",
      ({ z }) => [sigmoid(slice(z, { axis: 0, start: 0, end: 1 })), sigmoid(third(z, 1))],
    ],
  ])("%s", (_, fn) => {
    rewrite(
      (program) => {
        const after = groupElementwise(program);
        expect(after).toBe(program);
        return after;
      },
      types,
      fn,
    );
  });

  test("groups of which one needs the other in both directions", () => {
    // Each group alone could be one op; together each would wait for the other.
    const after = rewrite(groupElementwise, types, ({ z, y }) => {
      const first = tanh(third(z, 0));
      const second = sigmoid(third(y, 0));
      const wide = (x: Tensor) => concat([x, x, x]);
      return [first, second, sigmoid(third(add(y, 0), 1)), tanh(third(add(z, wide(second)), 1)), wide(first)];
    });
    expect(countOps(after)).toMatchObject({ tanh: 2, sigmoid: 2 });
  });
});

import { describe, expect, test } from "vitest";
import { concat, countOps, mul, type Program, sigmoid, type Tensor, tanh, type } from "../../src/index.js";
import type { Ranks } from "../../src/passes/analysis.js";
import { factorConcats } from "../../src/passes/factor-concats.js";
import { shareConcats } from "../../src/passes/share-concats.js";
import { carried, linesOf, perStep, rewriteRanked, still } from "./rule.js";

const types = {
  h: carried(type(["B", 4])),
  k: carried(type(["B", 4])),
  s: perStep(type(["B", 4])),
  t: perStep(type(["B", 4])),
  r: still(type([4])),
};
type Inputs = Record<keyof typeof types, Tensor>;
type Rule = (program: Program, ranks: Ranks) => Program;

/** Holds a rule to leave a function's Program as it is. */
const stays = (rule: Rule, fn: (inputs: Inputs) => unknown) =>
  rewriteRanked(
    (program, ranks) => {
      const after = rule(program, ranks);
      expect(after).toBe(program);
      return after;
    },
    types,
    fn,
  );

describe("factorConcats", () => {
  test("a joint of products becomes a product of joints, one of which leaves the loop", () => {
    const after = rewriteRanked(factorConcats, types, ({ h, k, s, t }) => concat([mul(h, s), mul(t, k)]));
    expect(linesOf(after)).toEqual([
      "a = concat(h, k, axis=1)",
      "b = concat(s, t, axis=1)",
      "c = mul(a, b)",
      "return c",
    ]);
  });

  test("all still factors of a part go into its joint", () => {
    const after = rewriteRanked(factorConcats, types, ({ h, k, s, t, r }) => concat([mul(mul(h, r), s), mul(k, t)]));
    expect(countOps(after)).toEqual({ mul: 2, concat: 2 });
  });

  test.each<[string, (inputs: Inputs) => unknown]>([
    ["one part of which has no still factor", ({ h, k, s }) => concat([mul(h, s), tanh(k)])],
    ["one part of which has a still factor only of lower rank", ({ h, k, s, r }) => concat([mul(h, s), mul(k, r)])],
    ["of products of carried values", ({ h, k, s }) => concat([mul(h, s), mul(h, k)])],
    ["that leaves the loop as a whole", ({ s, t, r }) => concat([mul(s, r), mul(t, s)])],
  ])("stays: a joint %s", (_, fn) => {
    stays(factorConcats, fn);
  });
});

describe("shareConcats", () => {
  test("what else reads a part of a joint reads it from the joint", () => {
    const after = rewriteRanked(shareConcats, types, ({ h, k, s, t }) => {
      const first = mul(h, s);
      return [sigmoid(first), concat([first, mul(k, t)])];
    });
    expect(linesOf(after)).toEqual([
      "a = mul(h, s)",
      "b = mul(k, t)",
      "c = concat(a, b, axis=1)",
      "d = slice(c, axis=1, start=0, end=4)",
      "e = sigmoid(d)",
      "return e, c",
    ]);
  });

  test("also a result of the Program", () => {
    const after = rewriteRanked(shareConcats, types, ({ h, k, s, t }) => {
      const second = mul(k, t);
      return [second, concat([mul(h, s), second])];
    });
    expect(after.outputs[0]?.node.op.name).toBe("slice");
  });

  test.each<[string, (inputs: Inputs) => unknown]>([
    ["nobody else reads its parts", ({ h, k, s, t }) => concat([mul(h, s), mul(k, t)])],
    [
      "what else reads a part is needed to make the joint",
      ({ h, s, t }) => {
        const first = mul(h, s);
        return concat([first, mul(tanh(first), t)]);
      },
    ],
    [
      "it does not become a product of joints",
      ({ h, k, s }) => {
        const first = mul(h, s);
        return [sigmoid(first), concat([first, tanh(k)])];
      },
    ],
    [
      "it joins one part twice",
      ({ h, s }) => {
        const first = mul(h, s);
        return [sigmoid(first), concat([first, first])];
      },
    ],
  ])("a joint stays where %s", (_, fn) => {
    stays(shareConcats, fn);
  });
});

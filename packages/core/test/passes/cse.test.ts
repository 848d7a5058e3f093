import { describe, expect, test } from "vitest";
import { add, constant, countOps, mul, ndarray, scan, sub, sum, tanh, type } from "../../src/index.js";
import { eliminateCommon } from "../../src/passes/cse.js";
import { linesOf, programOf, rewrite, scansOf } from "./rule.js";

const types = { x: type(["T", 4]), y: type(["T", 4]) };

describe("equal equations over equal operands become one:", () => {
  test("also where their operands became one before", () => {
    const after = rewrite(eliminateCommon, types, ({ x, y }) => mul(tanh(add(x, y)), tanh(add(x, y))));
    expect(linesOf(after)).toEqual(["a = add(x, y)", "b = tanh(a)", "c = mul(b, b)", "return c"]);
  });

  test("small constants by their values, large ones by which array they are", () => {
    const large = () => ndarray(new Float32Array(68), { shape: [17, 4] });
    const one = large();
    const constants = (fn: () => ReturnType<typeof constant>[]) =>
      countOps(rewrite(eliminateCommon, types, ({ x }) => fn().map((c) => add(sum(x), sum(c))))).constant;
    expect(constants(() => [constant(2), constant(2)])).toBe(1);
    expect(constants(() => [constant(one), constant(one)])).toBe(1);
    expect(constants(() => [constant(large()), constant(large())])).toBe(2);
  });

  test("scans with equal bodies over equal operands", () => {
    const step = (x: Parameters<typeof tanh>[0]) => tanh(mul(x, 2));
    const after = rewrite(eliminateCommon, types, ({ x }) =>
      [1, 2].map(() => scan((c, xt) => [add(c, step(xt)), c], sum(x, { axis: 0 }), x)[1]),
    );
    expect(scansOf(after)).toHaveLength(1);
  });
});

describe("these stay apart:", () => {
  test("operands in another order", () => {
    expect(rewrite(eliminateCommon, types, ({ x, y }) => mul(sub(x, y), sub(y, x))).equations).toHaveLength(3);
  });

  test("other parameters", () => {
    const after = rewrite(eliminateCommon, types, ({ x }) => [sum(x, { axis: 0 }), sum(x, { axis: 1 })]);
    expect(countOps(after).sum).toBe(2);
  });

  test("0 and −0", () => {
    const after = rewrite(eliminateCommon, types, ({ x }) => [mul(x, constant(0)), mul(x, constant(-0))]);
    expect(countOps(after).constant).toBe(2);
  });

  test("scans in other directions", () => {
    const after = rewrite(eliminateCommon, types, ({ x }) =>
      [true, false].map((reverse) => scan((c, xt) => [add(c, xt), c], sum(x, { axis: 0 }), x, { reverse })[1]),
    );
    expect(scansOf(after)).toHaveLength(2);
  });
});

test("a Program without repetition is the same object afterwards", () => {
  const program = programOf(types, ({ x, y }) => add(x, y));
  expect(eliminateCommon(program)).toBe(program);
});

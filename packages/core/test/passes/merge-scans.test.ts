import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  grad,
  identity,
  matmul,
  mergeScans,
  mul,
  scan,
  sigmoid,
  sum,
  type Tensor,
  tanh,
  tidy,
  type,
  zeros,
} from "../../src/index.js";
import { bodyOf, programOf, rewrite, scansOf } from "./rule.js";

const types = { x: type(["T", "B", 4]), h: type(["B", 4]), u: type([4, 4]) };
type Inputs = Record<keyof typeof types, Tensor>;

const run = ({ x, h, u }: Inputs, y: (next: Tensor, xt: Tensor) => Tensor, options = {}) =>
  scan(
    (state: Tensor, xt: Tensor) => {
      const next = tanh(add(matmul(state, u), xt));
      return [next, y(next, xt)] as [Tensor, Tensor];
    },
    h,
    x,
    options,
  );

const count = (fn: (inputs: Inputs) => unknown) => scansOf(rewrite(mergeScans, types, fn)).length;

describe("scans that carry the same become one,", () => {
  test("which emits what each of them emitted", () => {
    const after = rewrite(mergeScans, types, (inputs) => [
      ...run(inputs, (next) => sigmoid(next)),
      ...run(inputs, (next, xt) => mul(next, xt)),
    ]);
    expect(bodyOf(after).outputs).toHaveLength(3);
    // What both computed is there twice until common subexpressions are looked for.
    expect(countOps(bodyOf(tidy(after)))).toEqual({ matmul: 1, add: 1, tanh: 1, sigmoid: 1, mul: 1 });
  });

  test("such as the forward scan and the one that its gradient runs for what it has to keep", () => {
    const gradient = (inputs: Inputs) => [
      ...run(inputs, (next) => next),
      grad((x: Tensor) => sum(run({ ...inputs, x }, (next) => next)[1]), inputs.x),
    ];
    expect(scansOf(programOf(types, gradient))).toHaveLength(3);
    expect(count(gradient)).toBe(2);
  });

  test("also where they read copies of one tensor", () => {
    expect(count((inputs) => [run(inputs, (n) => n)[0], run({ ...inputs, h: identity(inputs.h) }, tanh)[1]])).toBe(1);
  });

  test("also inside the body of another", () => {
    const after = rewrite(mergeScans, types, (inputs) =>
      scan(
        (carry: Tensor, row: Tensor) => {
          const inner = { ...inputs, h: add(carry, row) };
          return [add(run(inner, (n) => n)[0], run(inner, tanh)[0]), row];
        },
        inputs.h,
        inputs.x,
      ),
    );
    expect(scansOf(bodyOf(after))).toHaveLength(1);
  });

  test("and those after them, which then read one scan instead of two", () => {
    const chained = (inputs: Inputs) =>
      [tanh, sigmoid].map((y) => run({ ...inputs, x: run(inputs, (next) => next)[1] }, y)[1]);
    expect(count(chained)).toBe(2);
  });
});

describe("scans stay apart", () => {
  test.each<[string, (inputs: Inputs) => unknown]>([
    ["that begin with other values", (i) => [run(i, (n) => n), run({ ...i, h: zeros(i.h.shape) }, (n) => n)]],
    ["that run in other directions", (i) => [run(i, (n) => n), run(i, (n) => n, { reverse: true })]],
    ["that compute another state", (i) => [run(i, (n) => n), run({ ...i, u: mul(2, i.u) }, (n) => n)]],
    ["where one needs the other", (i) => [run(i, (n) => n), run({ ...i, x: run(i, (n) => n)[1] }, (n) => n)]],
  ])("%s", (_, fn) => {
    expect(count(fn)).toBe(2);
  });
});

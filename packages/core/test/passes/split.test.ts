import { describe, expect, test } from "vitest";
import {
  add,
  countOps,
  matmul,
  mul,
  type Program,
  scan,
  splitScans,
  sub,
  sum,
  type Tensor,
  tanh,
  type,
  zeros,
} from "../../src/index.js";
import { tidy } from "../../src/passes/simplify.js";
import { bodyOf, expectSame, programOf, rewrite, scansOf } from "./rule.js";

const weight = type([4, 4]);
const types = { x: type(["T", "B", 4]), h: type(["B", 4]), U: weight, W: weight, b: type([4]) };
type Inputs = Record<keyof typeof types, Tensor>;

/** split alone, and then without what it leaves unread. */
const rule = (program: Program) => tidy(splitScans(program));
const body = (fn: (inputs: Inputs) => unknown) => countOps(bodyOf(rewrite(rule, types, fn)));
const before = (fn: (inputs: Inputs) => unknown) => countOps(bodyOf(programOf(types, fn)));

const recurrent = ({ x, h, U, W, b }: Inputs, reverse = false) =>
  scan(
    (s: Tensor, xt: Tensor) => {
      const next = tanh(add(add(matmul(xt, W), b), matmul(s, U)));
      return [next, next];
    },
    h,
    x,
    { reverse },
  );

describe("before the loop, for all steps at once:", () => {
  test.each([false, true])("a product with x (reverse: %s)", (reverse) => {
    expect(before((i) => recurrent(i, reverse))).toMatchObject({ matmul: 2, add: 2 });
    expect(body((i) => recurrent(i, reverse))).toEqual({ matmul: 1, add: 1, tanh: 1 });
  });

  test("what is the same at each step, once", () => {
    const after = rewrite(rule, types, ({ x, h, U, W }) =>
      scan((s, xt) => [tanh(matmul(add(s, xt), matmul(U, W))), s], h, x),
    );
    expect(countOps(bodyOf(after)).matmul).toBe(1);
    expect(countOps(after).matmul).toBe(1);
    expect(after.equations.find(({ op }) => op.name === "matmul")?.outputs[0]?.shape).toEqual([4, 4]);
  });

  test("a state that only delays x by a step: it is x shifted", () => {
    const delayed = ({ x, h, U }: Inputs) =>
      scan(
        (s: { h: Tensor; last: Tensor }, xt: Tensor) => [
          { h: tanh(add(matmul(s.h, U), s.last)), last: mul(xt, 2) },
          s.last,
        ],
        { h, last: h },
        x,
      );
    const after = rewrite(rule, types, delayed);
    expect(scansOf(after)[0]?.carries).toBe(1);
    expect(countOps(bodyOf(after))).toEqual({ matmul: 1, add: 1, tanh: 1 });
  });

  test("a scan that carries nothing of its own is no scan", () => {
    const after = rewrite(rule, types, ({ x, h, W }) => scan((s, xt) => [xt, add(tanh(matmul(xt, W)), s)], h, x));
    expect(scansOf(after)).toEqual([]);
  });
});

describe("after the loop, for all steps at once:", () => {
  test("what the next state does not need, such as the product with a vocabulary", () => {
    const fn = ({ x, h, U, W }: Inputs) =>
      scan(
        (s: Tensor, xt: Tensor) => {
          const next = tanh(add(matmul(s, U), xt));
          return [next, matmul(next, W)];
        },
        h,
        x,
      );
    expect(before(fn).matmul).toBe(2);
    expect(body(fn)).toEqual({ matmul: 1, add: 1, tanh: 1 });
  });

  test("sums over time, each as one product over stacked rows", () => {
    const fn = ({ x, h, U }: Inputs) =>
      scan(
        (s: { h: Tensor; dU: Tensor }, xt: Tensor) => {
          const next = tanh(add(matmul(s.h, U), xt));
          return [{ h: next, dU: sub(s.dU, matmul(s.h, next, { transposeA: true })) }, []];
        },
        { h, dU: zeros([4, 4]) },
        x,
      );
    const after = rewrite(rule, types, fn);
    expect(countOps(bodyOf(after))).toEqual({ matmul: 1, add: 1, tanh: 1 });
    expect(scansOf(after)[0]?.carries).toBe(1);
    expect(countOps(after).matmul).toBe(1);
  });

  test("but not where its operand would be a stack much larger than the state, and the sum is small", () => {
    const sizes = { ...types, keys: type(["S", "B", 4]), s: type(["T", "S", 1, 1]), v: type([4]) };
    const fn = ({ x, h, U, keys, s, v }: Inputs & Record<"keys" | "s" | "v", Tensor>) =>
      scan(
        (c: { h: Tensor; dv: Tensor; dU: Tensor }, { xt, st }: { xt: Tensor; st: Tensor }) => {
          const large = tanh(add(keys, xt)); // [S, B, 4], of xt [B, 4]
          const dv = sum(mul(large, st), { axis: [0, 1] });
          const next = tanh(add(matmul(c.h, U), mul(xt, v)));
          return [{ h: next, dv: add(c.dv, dv), dU: add(c.dU, matmul(c.h, next, { transposeA: true })) }, []];
        },
        { h, dv: zeros([4]), dU: zeros([4, 4]) },
        { xt: x, st: s },
      );
    const after = rewrite(rule, sizes, fn);
    expect(countOps(bodyOf(after))).toMatchObject({ tanh: 2, sum: 1 });
    // dU leaves all the same.
    expect(scansOf(after)[0]?.carries).toBe(2);
  });

  test("a loss that is summed up in a carry, with its product with a vocabulary much larger than the state", () => {
    const wide = { ...types, V: type([4, 64]) };
    const fn = ({ x, h, U, V }: Inputs & { V: Tensor }) =>
      scan(
        (c: { h: Tensor; loss: Tensor }, xt: Tensor) => {
          const next = tanh(add(matmul(c.h, U), xt));
          return [{ h: next, loss: add(c.loss, sum(tanh(matmul(next, V)))) }, []];
        },
        { h, loss: zeros([]) },
        x,
      );
    expect(countOps(bodyOf(rewrite(rule, wide, fn)))).toEqual({ matmul: 1, add: 1, tanh: 1 });
  });

  test("but in the loop what adds up a large value that is made of a small one: no stack of it is needed", () => {
    const fn = ({ x, h, U, keys }: Inputs & { keys: Tensor }) =>
      scan(
        (s: Tensor, xt: Tensor) => {
          const next = tanh(add(matmul(s, U), xt));
          return [next, sum(tanh(add(keys, next)), { axis: 0 })];
        },
        h,
        x,
      );
    const after = rewrite(rule, { ...types, keys: type(["S", "B", 4]) }, fn);
    expect(countOps(bodyOf(after))).toMatchObject({ tanh: 2, sum: 1 });
    expect(countOps(after)).not.toHaveProperty("tanh");
  });

  test("a sum that is looked at on the way stays a state", () => {
    const after = rewrite(rule, types, ({ x, h, U }) =>
      scan(
        (s: { h: Tensor; total: Tensor }, xt: Tensor) => {
          const next = tanh(add(matmul(s.h, U), mul(s.total, xt)));
          return [{ h: next, total: add(s.total, next) }, []];
        },
        { h, total: h },
        x,
      ),
    );
    expect(scansOf(after)[0]?.carries).toBe(2);
  });
});

describe("also", () => {
  test("in a scan inside a scan", () => {
    const after = rewrite(rule, types, (inputs) =>
      scan((s: Tensor, xt: Tensor) => [tanh(add(s, recurrent({ ...inputs, h: xt })[0])), []], inputs.h, inputs.x),
    );
    // The inner loop does not need the outer state: it runs for all outer steps at once, beside it.
    expect(scansOf(after)).toHaveLength(2);
    expect(scansOf(after).map((s) => scansOf(s.body).length)).toEqual([0, 0]);
  });

  test("over no steps", () => {
    const program = programOf(types, (inputs) => [recurrent(inputs), sum(inputs.x)]);
    expectSame(program, splitScans(program), [{ T: 0, B: 2 }]);
  });
});

test("a loop all of which its state needs is the same object afterwards", () => {
  const program = programOf(types, ({ x, h, U }) => scan((s, xt) => [tanh(add(matmul(s, U), xt)), []], h, x));
  expect(splitScans(program)).toBe(program);
});

import { difference, evaluateInF64 } from "@throughtime/testkit";
import { describe, expect, test } from "vitest";
import {
  add,
  bind,
  countOps,
  dim,
  foldIn,
  key,
  matmul,
  mul,
  type NdArray,
  normal,
  type Program,
  type ScanParams,
  scan,
  scanOp,
  sigmoid,
  sub,
  type Tensor,
  tanh,
  trace,
  type,
} from "../../src/index.js";
import { atSource } from "../../src/passes/at-source.js";

const [T, B, H] = [4, 3, 5];
const bodies = (program: Program) =>
  program.equations.flatMap(({ op, params }) => ((op as unknown) === scanOp ? [(params as ScanParams).body] : []));
const ops = (program: Program) => bodies(program).map((body) => countOps(body));

/** Two loops: the second reads what the first emits, at the same steps in reverse, and carries a sum of f of it. */
function twoLoops(f: (gate: Tensor, other: Tensor, p: Tensor, x: Tensor) => Tensor, width = H) {
  const { program } = trace(
    (xs: Tensor, U: Tensor, p: Tensor, h0: Tensor) => {
      const [, [gates, hs]] = scan(
        (h, x) => {
          const gate = sigmoid(add(matmul(h, U), mul(x, p)));
          const next = tanh(mul(gate, x));
          return [next, [gate, next] as [Tensor, Tensor]];
        },
        h0,
        xs,
      );
      return scan(
        (carry, step: [Tensor, Tensor, Tensor]) => [tanh(add(carry, f(step[0], step[1], p, step[2]))), carry],
        h0,
        [gates, hs, xs] as [Tensor, Tensor, Tensor],
        { reverse: true },
      );
    },
    [type([T, B, width]), type([width, width]), type([width]), type([B, width])],
  );
  return program;
}

function expectSame(before: Program, after: Program, sizes = {}) {
  const inputs = bind(before, sizes).inputs.map(({ shape }, i) => normal(foldIn(key(1), i), shape as number[]));
  const expected = evaluateInF64(bind(before, sizes), inputs);
  evaluateInF64(bind(after, sizes), inputs).forEach((value, i) => {
    expect(difference(value, expected[i] as NdArray, { absolute: 1e-12, relative: 1e-12 })).toBeUndefined();
  });
}

describe("what a scan computes from another scan's outputs alone", () => {
  test("is computed by that other scan", () => {
    const before = twoLoops((gate, h) => mul(mul(gate, h), sub(1, gate)));
    const after = atSource(before);
    const [first, second] = ops(after) as [Record<string, number>, Record<string, number>];
    expect(ops(before)[1]).toMatchObject({ mul: 2, sub: 1 });
    expect(second.mul ?? 0).toBe(0);
    expect(second.sub ?? 0).toBe(0);
    expect(first.mul).toBe((ops(before)[0]?.mul as number) + 2);
    expectSame(before, after);
    expect(atSource(after)).toBe(after);
  });

  test("also where it reads what both capture", () => {
    const before = twoLoops((gate, _, p) => mul(gate, p));
    const after = atSource(before);
    expect(ops(after)[1]?.mul ?? 0).toBe(0);
    expectSame(before, after);
  });

  test("stays where it reads anything else", () => {
    const before = twoLoops((gate, _, __, x) => mul(gate, x));
    expect(atSource(before)).toBe(before);
  });

  test("stays where it is much larger than the state, since as a stack it would be the largest value", () => {
    const A = 64;
    const { program } = trace(
      (xs: Tensor, h0: Tensor, memory: Tensor) => {
        const [, scores] = scan((h, x) => [tanh(add(h, x)), tanh(mul(memory, add(h, x)))], h0, xs);
        return scan((c, s: Tensor) => [tanh(add(c, matmul(mul(s, s), memory, { transposeA: true }))), []], h0, scores);
      },
      [type([T, 1, 1]), type([1, 1]), type([A, 1])],
    );
    expect(atSource(program)).toBe(program);
  });

  test("of which state sums that are as large as weights are no part", () => {
    const A = 64;
    const { program } = trace(
      (xs: Tensor, h0: Tensor, memory: Tensor, total: Tensor) => {
        const [, scores] = scan((h, x) => [tanh(add(h, x)), tanh(mul(memory, add(h, x)))], h0, xs);
        return scan(
          (c: { h: Tensor; total: Tensor }, s: Tensor) => {
            const h = tanh(add(c.h, matmul(mul(s, s), memory, { transposeA: true })));
            return [{ h, total: add(c.total, matmul(s, memory, { transposeB: true })) }, []];
          },
          { h: h0, total },
          scores,
        );
      },
      [type([T, 1, 1]), type([1, 1]), type([A, 1]), type([A, A])],
    );
    expect(atSource(program)).toBe(program);
  });

  test("at named sizes, none included", () => {
    const { program } = trace(
      (xs: Tensor, h0: Tensor) => {
        const [, ys] = scan((h, x) => [tanh(add(h, x)), sigmoid(add(h, x))], h0, xs);
        return scan((c, y) => [tanh(add(c, mul(y, sub(1, y)))), []], h0, ys);
      },
      [type([dim("T"), dim("B"), H]), type([dim("B"), H])],
    );
    const after = atSource(program);
    expect(ops(after)[1]).toEqual({ add: 1, tanh: 1 });
    for (const sizes of [
      { T: 3, B: 2 },
      { T: 0, B: 2 },
      { T: 1, B: 0 },
    ])
      expectSame(program, after, sizes);
  });
});

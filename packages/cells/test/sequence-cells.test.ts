import {
  add,
  flattenTree,
  isTensor,
  key,
  mul,
  type NdArray,
  ndarray,
  sum,
  type Tensor,
  type Tree,
} from "@throughtime/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  bidirectional,
  type CellParams,
  type CellState,
  drawNoise,
  gru,
  type LstmParams,
  lstm,
  residual,
  stacked,
  type UnrollOptions,
  unroll,
} from "../src/index.js";
import { ALL_SEQUENCE_CELLS } from "./all-cells.js";
import { distance, i32, random, randomized, range, reversed, stateOf } from "./arrays.js";
import { evaluate } from "./evaluate.js";
import { gradientError } from "./gradient-error.js";

const [T, B, D, H] = [4, 2, 2, 3];
type Trees = Tree<Tensor>;
type Inputs = { xs: Tensor } & Pick<UnrollOptions<Trees, Trees>, "state" | "noise" | "lengths">;

describe.each(ALL_SEQUENCE_CELLS)("$name", ({ make }) => {
  const cell = make({ inputSize: D, hiddenSize: H });
  const run =
    (reverse = false) =>
    (params: Trees, { xs, ...inputs }: Inputs) =>
      unroll(cell, params, xs, { noise: "none", ...inputs, reverse });
  const params = randomized(cell.init(key(1)), 1);
  const state = randomized(
    evaluate(() => cell.initialState(B)),
    2,
  );
  const xs = random([T, B, D], 3);

  test("has an output of its outputSize for every step", () => {
    expect((evaluate(run(), params, { xs, state }).outputs as NdArray).shape).toEqual([T, B, cell.outputSize]);
  });

  test.each([false, true])(
    "reads each sequence as if it were alone, and nothing past its end (reverse: %s)",
    (reverse) => {
      const lengths = [2, 3];
      const all = evaluate(run(reverse), params, { xs, state, lengths: i32(lengths) });
      const padded = {
        ...xs,
        data: xs.data.map((v, k) => (Math.floor(k / (B * D)) >= (lengths[Math.floor(k / D) % B] ?? 0) ? 99 : v)),
      };
      expect(distance(evaluate(run(reverse), params, { xs: padded, state, lengths: i32(lengths) }), all)).toBe(0);
      lengths.forEach((length, b) => {
        const alone = { xs: range(range(xs, 1, b, b + 1), 0, 0, length), state: stateOf(state, b) };
        const one = evaluate(run(reverse), params, alone);
        const outputs = range(all.outputs as NdArray, 1, b, b + 1);
        expect(distance(stateOf(all.state, b), one.state)).toBeLessThan(1e-6);
        expect(distance(range(outputs, 0, 0, length), one.outputs)).toBeLessThan(1e-6);
        expect(range(outputs, 0, length, T).data.every((value) => value === 0)).toBe(true);
      });
    },
  );

  test("in reverse, equals the reversed sequence", () => {
    const backwards = evaluate(run(true), params, { xs, state });
    const forwards = evaluate(run(), params, { xs: reversed(xs), state });
    expect(distance(backwards.outputs, reversed(forwards.outputs as NdArray))).toBeLessThan(1e-6);
  });

  test("has the gradient that central differences give, under masks and with lengths", () => {
    const noise = drawNoise(cell, key(4), { T, B });
    type X = { params: Trees; xs: Tensor; state: Trees };
    const loss = (x: X, rest: Omit<Inputs, "xs" | "state">): Tensor => {
      const result = run()(x.params, { xs: x.xs, state: x.state, ...rest });
      const parts = flattenTree(result, isTensor).leaves.map((leaf, i) =>
        sum(mul(leaf, random(leaf.shape as number[], 50 + i))),
      );
      return parts.reduce((a, b) => add(a, b));
    };
    const rest = { ...(noise ? { noise } : {}), lengths: i32([4, 2]) };
    expect(gradientError(loss, { params, xs, state }, rest)).toBeLessThan(1e-7);
  });
});

describe("bidirectional", () => {
  const [small, large] = [gru({ inputSize: 2, hiddenSize: 3 }), lstm({ inputSize: 2, hiddenSize: 4 })];

  test("types its parameters and state as one for each direction", () => {
    const both = bidirectional({ forward: small, backward: large });
    expectTypeOf<CellParams<typeof both>["backward"]>().toEqualTypeOf<LstmParams>();
    expectTypeOf<CellState<typeof both>["forward"]>().toEqualTypeOf<{ h: Tensor }>();
    expect([both.name, both.outputSize]).toEqual(["bidirectional(gru, lstm)", 7]);
  });

  test("the first output has seen the last input, which a forward cell's has not", () => {
    const both = bidirectional({ forward: small, backward: small, merge: "sum" });
    const at0 = (last: number) => {
      const xs = ndarray([[[1, 2]], [[3, last]]]);
      const { outputs } = evaluate(
        (p: CellParams<typeof both>, x: Tensor) => unroll(both, p, x),
        both.init(key(1)),
        xs,
      );
      return range(outputs as NdArray, 0, 0, 1);
    };
    expect(distance(at0(4), at0(5))).toBeGreaterThan(1e-4);
  });

  test("a stack with one in it has no step", () => {
    const both = bidirectional({ forward: small, backward: small });
    expect("step" in stacked([both, gru({ inputSize: 6, hiddenSize: 2 })])).toBe(false);
    expect("step" in stacked([small, gru({ inputSize: 3, hiddenSize: 2 })])).toBe(true);
  });

  test("names the sizes that differ", () => {
    const other = gru({ inputSize: 5, hiddenSize: 3 });
    expect(() => bidirectional({ forward: small, backward: other })).toThrow(/inputSize 2, but gru backward has 5/);
    expect(() => bidirectional({ forward: small, backward: large, merge: "sum" })).toThrow(
      /outputSize 3.*has 4.*"concat"/,
    );
  });
});

describe("residual", () => {
  test("adds the input to the output", () => {
    const cell = gru({ inputSize: 3, hiddenSize: 3 });
    const [params, xs] = [cell.init(key(1)), random([2, 2, 3], 1)];
    const plain = evaluate((p: CellParams<typeof cell>, x: Tensor) => add(unroll(cell, p, x).outputs, x), params, xs);
    const whole = evaluate((p: CellParams<typeof cell>, x: Tensor) => unroll(residual(cell), p, x).outputs, params, xs);
    expect(distance(whole, plain)).toBe(0);
  });

  test("refuses a cell whose output does not fit its input", () => {
    expect(() => residual(gru({ inputSize: 2, hiddenSize: 3 }))).toThrow(
      /residual: gru takes inputs of size 2 to outputs of size 3/,
    );
  });
});

import { add, key, type NdArray, ndarray, type Tensor } from "@throughtime/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  bidirectional,
  type CellParams,
  type CellState,
  gru,
  type LstmParams,
  lstm,
  residual,
  stacked,
  unroll,
} from "../src/index.js";
import { distance, random, range } from "./arrays.js";
import { evaluate } from "./evaluate.js";

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

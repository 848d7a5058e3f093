import type { Tensor } from "@throughtime/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type CellParams, type CellState, dropout, gru, type LstmParams, lstm, stacked } from "../src/index.js";

describe("stacked", () => {
  const two = stacked([
    lstm({ inputSize: 3, hiddenSize: 5 }),
    dropout(gru({ inputSize: 5, hiddenSize: 4 }), { input: 0.1 }),
  ]);

  test("takes the first cell's inputs to the last cell's outputs", () => {
    expect([two.inputSize, two.outputSize]).toEqual([3, 4]);
    expect(two.name).toBe("stacked(lstm, dropout(gru))");
  });

  test("types its parameters and state as one entry for each cell", () => {
    expectTypeOf<CellState<typeof two>>().toEqualTypeOf<[{ h: Tensor; c: Tensor }, { h: Tensor }]>();
    expectTypeOf<CellParams<typeof two>[0]>().toEqualTypeOf<LstmParams>();
  });

  test("names both sizes where one cell does not fit onto the one below", () => {
    expect(() => stacked([lstm({ inputSize: 3, hiddenSize: 5 }), gru({ inputSize: 6, hiddenSize: 4 })])).toThrow(
      /cell 1 \(gru\).*inputSize 6.*lstm below it has outputSize 5/,
    );
  });

  test("refuses to be empty", () => {
    expect(() => stacked([])).toThrow(/no cells/);
  });
});

import { key, type NdArray, type Tensor, type Tree } from "@throughtime/core";
import { describe, expect, test } from "vitest";
import {
  type AnyUnrollable,
  bidirectional,
  drawNoise,
  dropout,
  lstm,
  noiseDims,
  residual,
  rnn,
  stacked,
  unroll,
} from "../src/index.js";
import { distance, random } from "./arrays.js";
import { evaluate } from "./evaluate.js";

const [T, B, D, H] = [50, 20, 6, 8];
const sizes = { inputSize: D, hiddenSize: H };
const share = ({ data }: NdArray) => data.filter((value) => value === 0).length / data.length;
const mean = ({ data }: NdArray) => [...data].reduce((a, b) => a + b, 0) / data.length;

describe("drawNoise", () => {
  const noise = drawNoise(dropout(lstm(sizes), { input: 0.2, output: 0.5 }), key(3), { T, B });

  test("draws [T, B, size] of zeros at the rate, and of 1 / (1 − rate), so that the mean is 1", () => {
    const { input, output } = noise as unknown as { input: NdArray; output: NdArray };
    expect(input.shape).toEqual([T, B, D]);
    expect(output.shape).toEqual([T, B, H]);
    expect(share(input)).toBeCloseTo(0.2, 1);
    expect(share(output)).toBeCloseTo(0.5, 1);
    expect([...new Set(input.data)].sort()).toEqual([0, 1.25]);
    expect(mean(input)).toBeCloseTo(1, 1);
    expect(mean(output)).toBeCloseTo(1, 1);
  });

  test("draws one mask [B, size] for the whole sequence where masks are per sequence", () => {
    const cell = dropout(lstm(sizes), { input: 0.2, state: 0.3, masks: "sequence" });
    const drawn = drawNoise(cell, key(3), { T, B }) as unknown as { input: NdArray; state: NdArray };
    expect(drawn.input.shape).toEqual([B, D]);
    expect(drawn.state.shape).toEqual([B, H]);
  });

  test("draws the same for the same key, other masks for another, and others for each place and layer", () => {
    const cell = stacked([
      dropout(rnn({ inputSize: H, hiddenSize: H }), { input: 0.5, output: 0.5 }),
      dropout(rnn({ inputSize: H, hiddenSize: H }), { input: 0.5 }),
    ]);
    const draw = (seed: number) =>
      drawNoise(cell, key(seed), { T, B }) as unknown as [{ input: NdArray; output: NdArray }, { input: NdArray }];
    const [first, second] = draw(1);
    expect(distance(draw(1), draw(1))).toBe(0);
    expect(distance(first.input, draw(2)[0].input)).toBeGreaterThan(0);
    expect(distance(first.input, first.output)).toBeGreaterThan(0);
    expect(distance(first.input, second.input)).toBeGreaterThan(0);
  });

  test("draws nothing for a cell without noise", () => {
    expect(drawNoise(lstm(sizes), key(1), { T, B })).toBeUndefined();
    expect(drawNoise(stacked([lstm(sizes)]), key(1), { T, B })).toBeUndefined();
  });

  test("has named axes for compile", () => {
    const cell = stacked([
      dropout(lstm(sizes), { input: 0.5 }),
      dropout(rnn({ inputSize: H, hiddenSize: H }), { state: 0.5, masks: "sequence" }),
    ]);
    expect(noiseDims(cell)).toEqual([
      { input: ["T", "B", null], cell: {} },
      { state: ["B", null], cell: {} },
    ]);
  });
});

describe("dropout", () => {
  type Inputs = { xs: Tensor; noise?: Tree<Tensor> };
  const inner = rnn(sizes);
  const params = inner.init(key(1));
  const xs = random([T, B, D], 1);
  const run =
    (cell: ReturnType<typeof dropout>) =>
    (p: Tree<Tensor>, { xs: x, noise }: Inputs) =>
      unroll(cell, p, x, { noise: (noise ?? "none") as never });
  const of = (options: Parameters<typeof dropout>[1]) =>
    dropout(inner, options) as unknown as ReturnType<typeof dropout>;

  test("without noise, is the wrapped cell", () => {
    const plain = evaluate((p: never, x: Tensor) => unroll(inner, p, x), params, xs);
    expect(distance(evaluate(run(of({ input: 0.5, output: 0.5, state: 0.5 })), params, { xs }), plain)).toBe(0);
  });

  test("of the output leaves the state alone", () => {
    const cell = of({ output: 0.5 });
    const noise = drawNoise(cell, key(5), { T, B });
    const plain = evaluate(run(cell), params, { xs });
    const dropped = evaluate(run(cell), params, { xs, noise });
    expect(distance(dropped.state, plain.state)).toBe(0);
    expect(share(dropped.outputs)).toBeCloseTo(0.5, 1);
  });

  test("of the input is the wrapped cell over masked inputs, the same mask at every step where it is per sequence", () => {
    const cell = of({ input: 0.5, masks: "sequence" });
    const noise = drawNoise(cell, key(5), { T, B }) as unknown as { input: NdArray };
    const masked = { ...xs, data: xs.data.map((value, k) => value * (noise.input.data[k % (B * D)] as number)) };
    expect(
      distance(evaluate(run(cell), params, { xs, noise }), evaluate(run(cell), params, { xs: masked })),
    ).toBeLessThan(1e-6);
  });

  test("of the state changes what the cell remembers", () => {
    const cell = of({ state: 0.5, masks: "sequence" });
    const noise = drawNoise(cell, key(5), { T, B });
    expect(
      distance(evaluate(run(cell), params, { xs, noise }).outputs, evaluate(run(cell), params, { xs }).outputs),
    ).toBeGreaterThan(0.1);
  });

  test("is never left out unsaid: noise is given, or none is asked for", () => {
    const wrapped = [
      of({ input: 0.5 }),
      dropout(of({ state: 0.5 }) as never, { output: 0.5 }),
      stacked([inner, dropout(rnn({ inputSize: H, hiddenSize: H }), { output: 0.5 })]),
      bidirectional({ forward: inner, backward: of({ output: 0.5 }) }),
      stacked([residual(dropout(rnn({ inputSize: D, hiddenSize: D }), { input: 0.5 }))]),
    ] as unknown as AnyUnrollable[];
    for (const cell of wrapped) {
      const unrolled = (noise?: "none") =>
        evaluate((p: Tree<Tensor>, x: Tensor) => unroll(cell, p, x, { noise }).outputs, cell.init(key(1)), xs);
      expect(() => unrolled()).toThrow(
        /^unroll: .* has noise to apply while it trains, \{.+\}, but none is given\..*noise: "none"/,
      );
      expect(unrolled("none").shape.slice(0, 2)).toEqual([T, B]);
    }
    // Rates of 0 draw nothing.
    const still = of({ input: 0, output: 0 });
    expect(
      evaluate((p: Tree<Tensor>, x: Tensor) => unroll(still as never, p as never, x).outputs, params, xs).shape,
    ).toEqual([T, B, H]);
  });

  test("refuses noise that was drawn for another cell", () => {
    const drawn = drawNoise(of({ input: 0.5 }), key(5), { T, B });
    expect(() => evaluate(run(of({ output: 0.5 })), params, { xs, noise: drawn })).toThrow(
      /unroll: noise has the leaves \{input\}, but the cell expects \{output\}/,
    );
  });

  test("refuses a rate of 1 and more, and the state of a cell that cannot mask it", () => {
    expect(() => of({ input: 1 })).toThrow(/dropout: the rate for input.*received 1/);
    expect(() => of({ state: Number.NaN })).toThrow(/rate for state/);
    expect(() => dropout(stacked([lstm(sizes)]), { state: 0.2 })).toThrow(/stacked\(lstm\) has no stateMaskSize/);
  });
});

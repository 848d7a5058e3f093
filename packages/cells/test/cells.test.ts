import {
  add,
  dim,
  flattenTree,
  isNdArray,
  isTensor,
  key,
  mul,
  type NdArray,
  sum,
  type Tensor,
  type Tree,
  trace,
  type,
} from "@throughtime/core";
import { zerosInitializer } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import {
  bidirectional,
  cellOptions,
  drawNoise,
  dropout,
  gatedCell,
  gru,
  lstm,
  noiseTypes,
  rnn,
  type UnrollOptions,
  unroll,
  unrollSteps,
} from "../src/index.js";
import { ALL_CELLS } from "./all-cells.js";
import { distance, i32, random, randomized, range, reversed, stateOf } from "./arrays.js";
import { evaluate } from "./evaluate.js";
import { gradientError } from "./gradient-error.js";

const [T, B, D, H] = [4, 2, 2, 3];
type Trees = Tree<Tensor>;
type Options = UnrollOptions<Trees, Trees>;
/** What is passed to `unroll` as tensors. */
type Inputs = { xs: Tensor } & Pick<Options, "state" | "noise" | "lengths">;

const WAYS: readonly (readonly [string, { lengths?: NdArray }, { reverse?: boolean }])[] = [
  ["forwards", {}, {}],
  ["in reverse", {}, { reverse: true }],
  ["with lengths", { lengths: i32([4, 1]) }, {}],
  ["with lengths, in reverse", { lengths: i32([2, 0]) }, { reverse: true }],
];

describe.each(ALL_CELLS)("$name", ({ make }) => {
  const cell = make({ inputSize: D, hiddenSize: H });
  const run =
    (options: Options = {}) =>
    (params: Trees, { xs, ...inputs }: Inputs) =>
      unroll(cell, params, xs, { noise: "none", ...inputs, ...options });

  const params = randomized(cell.init(key(1)), 1);
  const zeroState = evaluate(() => cell.initialState(B));
  const state = randomized(zeroState, 2);
  const xs = random([T, B, D], 3);
  const noise = drawNoise(cell, key(4), { T, B });
  const inputs = { xs, state, ...(noise ? { noise } : {}) };

  test("gives equal parameters for equal keys, and others for another key", () => {
    expect(distance(cell.init(key(1)), cell.init(key(1)))).toBe(0);
    expect(distance(cell.init(key(1)), cell.init(key(2)))).toBeGreaterThan(0);
  });

  test("takes [T, B, D] to [T, B, outputSize], with named sizes", () => {
    const types = noiseTypes(cell, dim("T"), dim("B"));
    const { program } = trace(run(), [params, { xs: type(["T", "B", D]), ...(types ? { noise: types } : {}) }]);
    expect(program.outputs[0]?.shape).toEqual([dim("T"), dim("B"), cell.outputSize]);
  });

  test("keeps the structure and shapes of its state", () => {
    const shapes = (tree: unknown) => flattenTree(tree, isNdArray).leaves.map(({ shape }) => shape);
    const last = evaluate(run(), params, inputs).state;
    expect(flattenTree(last, isNdArray).paths).toEqual(flattenTree(state, isNdArray).paths);
    expect(shapes(last)).toEqual(shapes(state));
  });

  test("starts from its initial state where none is given", () => {
    const { state: _, ...without } = inputs;
    const given = evaluate(run(), params, { ...inputs, state: zeroState });
    expect(distance(evaluate(run(), params, without), given)).toBe(0);
    expect(distance(evaluate(run(), params, inputs), given)).toBeGreaterThan(1e-3);
  });

  test.each(WAYS)("unrolled %s, equals the plain loop over its steps", (_, lengths, options) => {
    const all = { ...inputs, ...lengths };
    const plain = ({ xs: x, ...rest }: Inputs & { state: Trees }, p: Trees) =>
      unrollSteps(cell, p, x, { ...rest, ...options });
    expect(distance(evaluate(run(options), params, all), evaluate(plain, all, params))).toBeLessThan(1e-6);
  });

  test.each([false, true])(
    "with lengths, equals each sequence unrolled alone and is 0 past its end (reverse: %s)",
    (reverse) => {
      const lengths = [4, 1];
      const all = evaluate(run({ reverse }), params, { xs, state, lengths: i32(lengths) });
      lengths.forEach((length, b) => {
        const alone = { xs: range(range(xs, 1, b, b + 1), 0, 0, length), state: stateOf(state, b) };
        const one = evaluate(run({ reverse }), params, alone);
        const outputs = range(all.outputs as NdArray, 1, b, b + 1);
        expect(distance(stateOf(all.state, b), one.state)).toBeLessThan(1e-6);
        expect(distance(range(outputs, 0, 0, length), one.outputs)).toBeLessThan(1e-6);
        expect(range(outputs, 0, length, T).data.every((value) => value === 0)).toBe(true);
      });
    },
  );

  test("in reverse, equals the reversed sequence forwards", () => {
    const backwards = evaluate(run({ reverse: true }), params, { xs, state });
    const forwards = evaluate(run(), params, { xs: reversed(xs), state });
    expect(distance(backwards.state, forwards.state)).toBeLessThan(1e-6);
    expect(distance(backwards.outputs, reversed(forwards.outputs as NdArray))).toBeLessThan(1e-6);
  });

  test("goes on where it stopped: two halves equal the whole", () => {
    const whole = evaluate(run(), params, { xs, state });
    const half = evaluate(run(), params, { xs: range(xs, 0, 0, 2), state });
    const rest = evaluate(run(), params, { xs: range(xs, 0, 2, T), state: half.state });
    expect(distance(rest.state, whole.state)).toBeLessThan(1e-6);
    expect(distance(rest.outputs, range(whole.outputs as NdArray, 0, 2, T))).toBeLessThan(1e-6);
  });

  test.each(WAYS)(
    "unrolled %s, has the gradient that central differences give, of parameters, inputs and state",
    (_, lengths, options) => {
      type X = { params: Trees; xs: Tensor; state: Trees };
      const loss = (x: X, rest: Omit<Inputs, "xs" | "state">): Tensor => {
        const result = run(options)(x.params, { xs: x.xs, state: x.state, ...rest });
        // Another weight for every number, so that no error hides behind another.
        const parts = flattenTree(result, isTensor).leaves.map((leaf, i) =>
          sum(mul(leaf, random(leaf.shape as number[], 50 + i))),
        );
        return parts.reduce((a, b) => add(a, b));
      };
      const rest = { ...(noise ? { noise } : {}), ...lengths };
      expect(gradientError(loss, { params, xs, state }, rest)).toBeLessThan(1e-7);
    },
  );
});

describe("an option that would have no effect is an error:", () => {
  const zeros = zerosInitializer();
  const plain = { inputSize: D, hiddenSize: H };
  const own = (more: object) =>
    gatedCell(cellOptions("own", plain), { gates: ["f", "n"], step: (_, { h }) => [{ h }, h], ...more });
  test.each<[string, () => unknown, RegExp]>([
    [
      "b without biases",
      () => rnn({ ...plain, biases: "none", initializers: { b: zeros } }),
      /rnn: .* for b, .* are W, U\./,
    ],
    ["bh with one bias", () => lstm({ ...plain, initializers: { bh: zeros } }), /lstm: .* for bh, .* are W, U, b\./],
    ["p without peepholes", () => lstm({ ...plain, initializers: { p: zeros } }), /lstm: .* for p,/],
    ["Wr without a projection", () => lstm({ ...plain, initializers: { Wr: zeros } }), /lstm: .* for Wr,/],
    [
      "bn where the reset comes first",
      () => gru({ ...plain, reset: "before", initializers: { bn: zeros } }),
      /gru: .* for bn,/,
    ],
    ["biases of a kind that there is not", () => rnn({ ...plain, biases: "three" as "two" }), /rnn: biases is .*three/],
    ["another activation", () => rnn({ ...plain, activation: "gelu" as "relu" }), /rnn: activation is .*"tanh" or/],
    ["another reset", () => gru({ ...plain, reset: "never" as "after" }), /gru: reset is .*"before" or "after"/],
    [
      "other peepholes",
      () => lstm({ ...plain, peepholes: "full" as "none" }),
      /lstm: peepholes is .*"none" or "diagonal"/,
    ],
    [
      "other masks",
      () => dropout(gru(plain), { masks: "batch" as "step" }),
      /dropout: masks is .*"step" or "sequence"/,
    ],
    [
      "another merge",
      () => bidirectional({ forward: gru(plain), backward: gru(plain), merge: "mean" as "sum" }),
      /bidirectional: merge is .*"concat" or "sum"/,
    ],
    ["a shift of no gate", () => own({ biasShift: { forget: 1 } }), /own: biasShift has "forget", .* are f, n\./],
    ["no gates", () => own({ gates: [] }), /own: the cell has no gates/],
    ["a state of no size", () => own({ state: { h: 0 } }), /own: h must be an integer of at least 1/],
    [
      "a forgetBias without biases",
      () => lstm({ ...plain, biases: "none", forgetBias: 2 }),
      /forgetBias is 2, but there is no bias/,
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: "OptionError", message: expect.stringMatching(message) }));
  });
});

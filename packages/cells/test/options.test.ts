import { zerosInitializer } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import { bidirectional, cellOptions, dropout, gatedCell, gru, lstm, rnn } from "../src/index.js";

describe("an option that is none of its values, or would have no effect, is an error:", () => {
  const zeros = zerosInitializer();
  const plain = { inputSize: 2, hiddenSize: 3 };
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
      "a state without h",
      () => own({ state: { c: 3 } }),
      /own: h must be an integer of at least 1, received undefined/,
    ],
    [
      "a forgetBias without biases",
      () => lstm({ ...plain, biases: "none", forgetBias: 2 }),
      /forgetBias is 2, but there is no bias/,
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: "OptionError", message: expect.stringMatching(message) }));
  });
});

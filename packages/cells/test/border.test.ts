import { isNdArray, key, mapTree, ndarray, placeholders, type Tensor, type Type, type } from "@throughtime/core";
import { linear } from "@throughtime/nn";
import { describe, expect, test } from "vitest";
import { type AnyCell, bidirectional, dropout, gru, lstm, residual, rnn, stacked, unroll } from "../src/index.js";

const of = ({ shape, dtype }: Type): Tensor => placeholders([{ shape, dtype }])[0] as Tensor;
const symbols = (tree: unknown) => mapTree(tree, isNdArray, of) as Record<string, Tensor>;
const xs = of(type([5, 2, 3]));
const sizes = { inputSize: 3, hiddenSize: 4 };
const wrong = (value: unknown) => value as never;

const CELLS: Readonly<Record<string, AnyCell>> = {
  lstm: lstm(sizes),
  "lstm with all there is": lstm({
    ...sizes,
    biases: "two",
    peepholes: "diagonal",
    projectionSize: 2,
  }),
  gru: gru(sizes),
  "gru, reset before, two biases": gru({ ...sizes, reset: "before", biases: "two" }),
  rnn: rnn(sizes),
  "rnn without biases": rnn({ ...sizes, biases: "none" }),
};

describe("a parameter that a cell was built with and is not there is said, not left out:", () => {
  test.each(Object.entries(CELLS))("%s", (_, cell) => {
    const params = symbols(cell.init(key(1)));
    expect(() => unroll(cell, params, xs)).not.toThrow();
    const state = cell.initialState(2);
    const x = of(type([2, 3]));
    for (const name of Object.keys(params)) {
      const { [name]: taken, ...rest } = params;
      const mistyped = { ...rest, [`${name}_`]: taken as Tensor };
      const message = `${cell.name}: the parameters lack ${name}; expected { ${Object.keys(params).join(", ")} }`;
      expect(() => unroll(cell, mistyped, xs)).toThrow(message);
      expect(() => cell.step(mistyped, state, x)).toThrow(message);
      expect(() => unroll(stacked([cell]), wrong([mistyped]), xs)).toThrow(message);
    }
    for (const none of [undefined, null, "params"]) {
      expect(() => unroll(cell, wrong(none), xs)).toThrow(`${cell.name}: the parameters are`);
    }
  });

  test("linear", () => {
    const x = of(type([2, 3]));
    const layer = linear({ inputSize: 3, outputSize: 4 });
    const { W } = symbols(layer.init(key(1)));
    expect(() => layer.apply({ W: W as Tensor }, x)).toThrow("linear: the parameters lack b; expected { W, b }");
    expect(linear({ inputSize: 3, outputSize: 4, bias: false }).apply({ W: W as Tensor }, x).shape).toEqual([2, 4]);
  });
});

describe("unroll says what it was given:", () => {
  const cell = lstm(sizes);
  const params = symbols(cell.init(key(1))) as never;

  test("cell, xs, lengths and options", () => {
    expect(() => unroll(wrong(undefined), params, xs)).toThrow("unroll: the cell is undefined; expected one, as lstm(");
    expect(() => unroll(wrong(lstm), params, xs)).toThrow('unroll: the cell is the function "lstm"');
    expect(() => unroll(cell, params, wrong(undefined))).toThrow("unroll: xs is undefined; expected a tensor");
    expect(() => unroll(cell, params, xs, { lengths: wrong([5, 5]) })).toThrow("unroll: lengths is an array of 2");
    expect(() => unroll(cell, params, xs, wrong({ initialState: 1 }))).toThrow(
      'unroll: the options have "initialState"',
    );
  });

  test("a state of another structure, or of another batch", () => {
    const { h, c } = cell.initialState(2);
    expect(() => unroll(cell, params, xs, { state: wrong({ h }) })).toThrow(
      "unroll: the state has {h}, but lstm's has {h, c}.",
    );
    expect(() => unroll(cell, params, xs, { state: wrong({ h, C: c }) })).toThrow("the state has {h, C}, but");
    expect(() => unroll(cell, params, xs, { state: wrong({ h, c: "0" }) })).toThrow(
      'unroll: state.c is the string "0"',
    );
    expect(() => unroll(cell, params, xs, { state: cell.initialState(7) })).toThrow("but xs has B = 2 sequences");
  });
});

test("what cells are made of is said where it is something else", () => {
  const cell = lstm(sizes);
  expect(() => lstm(wrong(undefined))).toThrow("lstm: the options are undefined; expected { inputSize, hiddenSize,");
  expect(() => gru(wrong({ ...sizes, units: 3 }))).toThrow('gru: the options have "units"');
  expect(() => rnn(wrong(128))).toThrow("rnn: the options are the number 128");
  expect(() => stacked(wrong(cell))).toThrow("stacked: the cells is an object with");
  expect(() => stacked([cell, wrong(gru)])).toThrow('stacked: cell 1 is the function "gru"; expected one, as lstm(');
  expect(() => residual(wrong(null))).toThrow("residual: the cell is null");
  expect(() => dropout(wrong(0.5), { input: 0.5 })).toThrow("dropout: the cell is the number 0.5");
  expect(() => dropout(cell, wrong({ rate: 0.5 }))).toThrow('dropout: the options have "rate"');
  expect(() => bidirectional(wrong({ forward: cell }))).toThrow("bidirectional: backward is undefined");
  expect(() => bidirectional(wrong([cell, cell]))).toThrow("bidirectional: the options are an array of 2");
  expect(() => cell.init(wrong(1))).toThrow("the key is the number 1; expected one, as key(0) makes");
  expect(ndarray([1]).shape).toEqual([1]);
});

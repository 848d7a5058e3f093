import { readFileSync } from "node:fs";
import {
  add,
  flattenTree,
  isNdArray,
  isTensor,
  mul,
  type NdArray,
  ndarray,
  sizeOf,
  sum,
  type Tensor,
  type Tree,
  valueAndGrad,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { type AnyCell, gru, lstm, rnn, stacked, unroll } from "../src/index.js";
import { evaluate } from "./evaluate.js";

/** What goldens/make_goldens.py writes: values and gradients by PyTorch 2.13, in f64. */
interface Golden {
  readonly name: string;
  readonly layers: number;
  readonly loss: number;
  readonly outputs: readonly number[];
  readonly state: readonly (readonly number[])[];
  /** Of every parameter, of xs, of the initial state. */
  readonly gradients: readonly (readonly number[])[];
}
const goldens: readonly Golden[] = JSON.parse(readFileSync(new URL("goldens/goldens.json", import.meta.url), "utf8"));

const [T, B, D, H, R] = [5, 3, 4, 6, 2];
const TOLERANCE = 1e-5;

/** The numbers that the script uses for its inputs: 0.5·sin(1.7·k + 0.9·salt). */
function wave(shape: readonly number[], salt: number): NdArray {
  return ndarray(
    Float32Array.from({ length: sizeOf(shape) }, (_, k) => 0.5 * Math.sin(1.7 * k + 0.9 * salt)),
    { shape },
  );
}

type Shapes = Readonly<Record<string, readonly number[]>>;
const shapes = (gates: number, inputSize: number, extra: Shapes = {}): Shapes => ({
  W: [inputSize, gates * H],
  U: [H, gates * H],
  b: [gates * H],
  ...extra,
});

interface Case {
  readonly make: (inputSize: number) => AnyCell;
  readonly params: (inputSize: number) => Shapes;
  readonly state: readonly string[];
  /** The size of an output. Default H. */
  readonly output?: number;
}
const CASES: Readonly<Record<string, Case>> = {
  "nn.RNN, tanh": {
    make: (inputSize) => rnn({ inputSize, hiddenSize: H }),
    params: (size) => shapes(1, size),
    state: ["h"],
  },
  "nn.RNN, relu": {
    make: (inputSize) => rnn({ inputSize, hiddenSize: H, activation: "relu" }),
    params: (size) => shapes(1, size),
    state: ["h"],
  },
  "nn.LSTM": {
    make: (inputSize) => lstm({ inputSize, hiddenSize: H }),
    params: (size) => shapes(4, size),
    state: ["h", "c"],
  },
  "nn.LSTM, two biases": {
    make: (inputSize) => lstm({ inputSize, hiddenSize: H, biases: "two" }),
    params: (size) => shapes(4, size, { bh: [4 * H] }),
    state: ["h", "c"],
  },
  "nn.LSTM, proj_size": {
    make: (inputSize) => lstm({ inputSize, hiddenSize: H, projectionSize: R }),
    params: (size) => shapes(4, size, { U: [R, 4 * H], Wr: [H, R] }),
    state: ["h", "c"],
    output: R,
  },
  "nn.GRU, two biases": {
    make: (inputSize) => gru({ inputSize, hiddenSize: H, biases: "two" }),
    params: (size) => shapes(3, size, { bh: [3 * H] }),
    state: ["h"],
  },
  "nn.RNN, two biases": {
    make: (inputSize) => rnn({ inputSize, hiddenSize: H, biases: "two" }),
    params: (size) => shapes(1, size, { bh: [H] }),
    state: ["h"],
  },
  "nn.GRU": {
    make: (inputSize) => gru({ inputSize, hiddenSize: H }),
    params: (size) => shapes(3, size, { bn: [H] }),
    state: ["h"],
  },
  "sigmoid rnn, step by step": {
    make: (inputSize) => rnn({ inputSize, hiddenSize: H, activation: "sigmoid" }),
    params: (size) => shapes(1, size),
    state: ["h"],
  },
  "peephole lstm, step by step": {
    make: (inputSize) => lstm({ inputSize, hiddenSize: H, peepholes: "diagonal" }),
    params: (size) => shapes(4, size, { p: [3 * H] }),
    state: ["h", "c"],
  },
  "gru with reset before, step by step": {
    make: (inputSize) => gru({ inputSize, hiddenSize: H, reset: "before" }),
    params: (size) => shapes(3, size),
    state: ["h"],
  },
};

describe.each(goldens)("$name, layers: $layers", ({ name, layers, ...golden }) => {
  const { make, params, state, output = H } = CASES[name] as Case;
  const inputSizes = Array.from({ length: layers }, (_, layer) => (layer === 0 ? D : output));
  const cell = stacked(inputSizes.map(make)) as AnyCell;
  const x = {
    params: inputSizes.map((size, layer) => {
      const entries = Object.entries(params(size)).map(([key, shape], i) => [key, wave(shape, 10 * layer + i)]);
      return Object.fromEntries(entries);
    }),
    xs: wave([T, B, D], 50),
    state: inputSizes.map((_, layer) =>
      Object.fromEntries(state.map((key, i) => [key, wave([B, key === "h" ? output : H], 60 + 2 * layer + i)])),
    ),
  };
  const run = (all: { params: Tree<Tensor>; xs: Tensor; state: Tree<Tensor> }): unknown =>
    valueAndGrad((v: typeof all) => {
      const result = unroll(cell, v.params, v.xs, { state: v.state });
      const leaves = flattenTree(result, isTensor).leaves;
      const parts = leaves.map((leaf, i) => sum(mul(leaf, wave(leaf.shape as number[], 70 + i))));
      return { ...result, loss: parts.reduce((a, b) => add(a, b)) };
    }, all);
  const [value, gradient] = evaluate(run, x) as readonly [unknown, unknown];

  test("has PyTorch's outputs, final states and loss", () => {
    const results = flattenTree(value, isNdArray).leaves;
    const expected = [golden.outputs, ...golden.state, [golden.loss]];
    expect(results).toHaveLength(expected.length);
    results.forEach((result, i) => expect(largestError(result, expected[i] ?? [])).toBeLessThan(TOLERANCE));
  });

  test("has PyTorch's gradients of every weight, of the inputs and of the initial state", () => {
    const { leaves, paths } = flattenTree(gradient, isNdArray);
    expect(leaves).toHaveLength(golden.gradients.length);
    leaves.forEach((leaf, i) =>
      expect(largestError(leaf, golden.gradients[i] ?? []), paths[i]).toBeLessThan(TOLERANCE),
    );
  });
});

function largestError({ data }: NdArray, expected: readonly number[]): number {
  expect(data).toHaveLength(expected.length);
  return Math.max(...expected.map((value, k) => Math.abs(value - (data[k] as number))));
}

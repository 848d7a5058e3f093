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
import { type AnyCell, type AnyUnrollable, bidirectional, gru, lstm, residual, stacked, unroll } from "../src/index.js";
import { evaluate } from "./evaluate.js";

/** What goldens/make_packed.py writes: networks on packed sequences, by PyTorch 2.13, in f64. */
interface Golden {
  readonly network: "bidirectional" | "residual";
  readonly kind: "lstm" | "gru";
  readonly layers: number;
  /** Outputs, final states by layer and direction, loss. */
  readonly results: readonly (readonly number[])[];
  /** Of every parameter, of xs, of the initial states. */
  readonly gradients: readonly (readonly number[])[];
}
const goldens: readonly Golden[] = JSON.parse(readFileSync(new URL("goldens/packed.json", import.meta.url), "utf8"));

const [T, B, D, H] = [5, 4, 3, 4];
const LENGTHS = ndarray([5, 2, 4, 1], { dtype: "i32" });
const TOLERANCE = 1e-5;
const MAKE = { lstm, gru } as const satisfies Record<
  string,
  (sizes: { inputSize: number; hiddenSize: number }) => AnyCell
>;

/** The numbers that the script uses for its inputs: 0.5·sin(1.7·k + 0.9·salt). */
const wave = (shape: readonly number[], salt: number): NdArray =>
  ndarray(
    Float32Array.from({ length: sizeOf(shape) }, (_, k) => 0.5 * Math.sin(1.7 * k + 0.9 * salt)),
    { shape },
  );

/** xs with another number at every step that its sequence does not have. */
function paddedWith(xs: NdArray, value: number): NdArray {
  const width = xs.shape[2] as number;
  const ended = (k: number) => Math.floor(k / (B * width)) >= (LENGTHS.data[Math.floor(k / width) % B] as number);
  return ndarray(
    Float32Array.from(xs.data, (own, k) => (ended(k) ? value : own)),
    { shape: xs.shape },
  );
}

const DIRECTIONS = ["forward", "backward"] as const;
const both = (make: (direction: number) => unknown) =>
  Object.fromEntries(DIRECTIONS.map((name, direction) => [name, make(direction)]));

describe.each(goldens)(
  "$network $kind on packed sequences, layers: $layers",
  ({ network, kind, layers, ...golden }) => {
    const gates = kind === "lstm" ? 4 : 3;
    const leaves = kind === "lstm" ? ["h", "c"] : ["h"];
    const twoWays = network === "bidirectional";
    const inputSizes = Array.from({ length: layers }, (_, layer) => (twoWays ? (layer === 0 ? D : 2 * H) : H));
    const make = (inputSize: number): AnyCell => MAKE[kind]({ inputSize, hiddenSize: H });
    const layerOf = (size: number): AnyUnrollable =>
      twoWays ? bidirectional({ forward: make(size), backward: make(size) }) : residual(make(size));
    const cell: AnyUnrollable = stacked(inputSizes.map(layerOf));
    const weights = (size: number, salt: number) => {
      const shapes = { W: [size, gates * H], U: [H, gates * H], b: [gates * H], ...(kind === "gru" && { bn: [H] }) };
      return Object.fromEntries(Object.entries(shapes).map(([key, shape], i) => [key, wave(shape, salt + i)]));
    };
    const stateOf = (salt: number) => Object.fromEntries(leaves.map((key, i) => [key, wave([B, H], salt + i)]));
    const x = {
      params: inputSizes.map((size, layer) =>
        twoWays ? both((direction) => weights(size, 20 * layer + 10 * direction)) : weights(size, 20 * layer),
      ),
      xs: wave([T, B, twoWays ? D : H], 50),
      state: inputSizes.map((_, layer) =>
        twoWays ? both((direction) => stateOf(60 + 2 * (2 * layer + direction))) : stateOf(60 + 4 * layer),
      ),
    };
    const run = (all: { params: Tree<Tensor>; xs: Tensor; state: Tree<Tensor> }, lengths: Tensor): unknown =>
      valueAndGrad((v: typeof all) => {
        const result = unroll(cell, v.params, v.xs, { state: v.state, lengths });
        const parts = flattenTree(result, isTensor).leaves.map((leaf, i) =>
          sum(mul(leaf, wave(leaf.shape as number[], 70 + i))),
        );
        return { ...result, loss: parts.reduce((a, b) => add(a, b)) };
      }, all);
    // PyTorch never reads what stands past a sequence's end.
    describe.each([undefined, Number.NaN, Number.NEGATIVE_INFINITY, 1e38])("padded with %s", (padding) => {
      const xs = padding === undefined ? x.xs : paddedWith(x.xs, padding);
      const [value, gradient] = evaluate(run, { ...x, xs }, LENGTHS) as readonly [unknown, unknown];

      test("has PyTorch's outputs, final states and loss", () => {
        expectClose(value, golden.results);
      });

      test("has PyTorch's gradients of every weight, of the inputs and of the initial states", () => {
        expectClose(gradient, golden.gradients);
      });
    });
  },
);

function expectClose(tree: unknown, expected: readonly (readonly number[])[]): void {
  const { leaves, paths } = flattenTree(tree, isNdArray);
  expect(leaves).toHaveLength(expected.length);
  leaves.forEach(({ data }, i) => {
    expect(data, paths[i]).toHaveLength((expected[i] as readonly number[]).length);
    const error = Math.max(
      ...(expected[i] as readonly number[]).map((value, k) => Math.abs(value - (data[k] as number))),
    );
    expect(error, paths[i]).toBeLessThan(TOLERANCE);
  });
}

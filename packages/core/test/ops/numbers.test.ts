import { describe, expect, it } from "vitest";
import {
  cast,
  constant,
  crossEntropy,
  div,
  erf,
  grad,
  greaterEqual,
  log1p,
  logSoftmax,
  logsumexp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  type NdArray,
  ndarray,
  pow,
  relu,
  select,
  sigmoid,
  softmax,
  stopGradient,
  sum,
  type Tensor,
} from "../../src/index.js";
import { run } from "../helpers/run.js";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const f64 = (values: readonly (number | readonly number[])[]): NdArray => ndarray(values, { dtype: "f64" });
const i32 = (values: readonly number[]): NdArray => ndarray(values, { dtype: "i32" });
const list = (array: NdArray): number[] => Array.from(array.data);
const gradAt = (fn: (x: Tensor) => Tensor, values: readonly number[]): number[] =>
  list(run((x) => grad((v: Tensor) => sum(fn(v)), x as Tensor), f64(values)));

describe("numbers at the edges", () => {
  it("sigmoid neither overflows nor loses the digits of a small result", () => {
    const [low, small, middle, high] = list(run(sigmoid, f64([-1000, -40, 0, 1000])));
    expect([low, middle, high]).toEqual([0, 0.5, 1]);
    expect(small).toBeCloseTo(4.248354255291589e-18, 30);
  });

  it("log1p is exact where 1 + x is not", () => {
    expect(list(run(log1p, f64([1e-18])))).toEqual([1e-18]);
  });

  // Values of erf from NIST's Digital Library of Mathematical Functions, table 7.23 and Abramowitz & Stegun, table 7.1.
  it("erf is what the tables say, far out too", () => {
    const y = list(run(erf, f64([0.5, 1, 2, 3.5, -1, 7, -30, 0])));
    const table = [0.5204998778, 0.8427007929, 0.995322265, 0.9999992569, -0.8427007929, 1, -1, 0];
    y.forEach((value, i) => expect(value).toBeCloseTo(table[i] as number, 9));
  });

  it("i32 division rounds towards zero, and i32 products wrap exactly", () => {
    expect(list(run((a, b) => div(a as Tensor, b as Tensor), i32([7, -7, 7, -7]), i32([2, 2, -2, -2])))).toEqual([
      3, -3, -3, 3,
    ]);
    expect(list(run((a) => mul(a as Tensor, a as Tensor), i32([123456789])))).toEqual([
      Math.imul(123456789, 123456789),
    ]);
  });

  it("cast to i32 truncates towards zero, and to bool asks for ≠ 0", () => {
    expect(list(run((x) => cast(x as Tensor, "i32"), f64([1.9, -1.9, 0.5])))).toEqual([1, -1, 0]);
    expect(list(run((x) => cast(x as Tensor, "bool"), f64([0.25, 0, -3])))).toEqual([1, 0, 1]);
  });

  it("NaN is not hidden by max, maximum or minimum", () => {
    const x = f64([1, Number.NaN, 2]);
    expect(list(run((v) => max(v as Tensor), x))).toEqual([Number.NaN]);
    expect(list(run((v) => maximum(v as Tensor, 1.5), x))).toEqual([1.5, Number.NaN, 2]);
    expect(list(run((v) => minimum(v as Tensor, 1.5), x))).toEqual([1, Number.NaN, 1.5]);
  });

  it("softmax and its kin do not overflow", () => {
    const x = f64([[1000, 1000, -1000]]);
    expect(list(run((v) => softmax(v as Tensor), x))).toEqual([0.5, 0.5, 0]);
    const target = ndarray([1], { dtype: "i32" });
    expect(list(run((v, t) => crossEntropy(v as Tensor, t as Tensor), x, target))).toEqual([Math.LN2]);
    expect(list(run((v) => logSoftmax(v as Tensor), x))).toEqual([-Math.LN2, -Math.LN2, -2000 - Math.LN2]);
    expect(list(run((v) => logsumexp(v as Tensor, { axis: 1 }), x))).toEqual([1000 + Math.LN2]);
  });

  // PyTorch 2.13's values and gradients; but for logsumexp of −∞ alone, where the gradient is NaN there and in JAX.
  it.each<[string, (x: Tensor) => Tensor, [number[], number[], number[]][]]>([
    [
      "logsumexp",
      logsumexp,
      [
        [[-INF, -INF], [-INF], [0, 0]],
        [[-INF, 0], [0], [0, 1]],
        [[INF, 0], [INF], [NAN, 0]],
        [[INF, INF], [INF], [NAN, NAN]],
        [[INF, -INF], [INF], [NAN, 0]],
        [[NAN, 0], [NAN], [NAN, NAN]],
      ],
    ],
    [
      "softmax",
      (x) => mul(softmax(x), ndarray([1, 2], { dtype: "f64" })),
      [
        [
          [-INF, -INF],
          [NAN, NAN],
          [NAN, NAN],
        ],
        [
          [-INF, 0],
          [0, 2],
          [0, 0],
        ],
        [
          [INF, 0],
          [NAN, NAN],
          [NAN, NAN],
        ],
        [
          [INF, -INF],
          [NAN, NAN],
          [NAN, NAN],
        ],
      ],
    ],
    [
      "logSoftmax",
      (x) => mul(logSoftmax(x), ndarray([1, 2], { dtype: "f64" })),
      [
        [
          [-INF, -INF],
          [NAN, NAN],
          [NAN, NAN],
        ],
        [
          [-INF, 0],
          [-INF, 0],
          [1, -1],
        ],
        [
          [INF, 0],
          [NAN, NAN],
          [NAN, NAN],
        ],
        [
          [INF, INF],
          [NAN, NAN],
          [NAN, NAN],
        ],
      ],
    ],
    [
      "crossEntropy",
      (x) => crossEntropy(x, constant(ndarray([0, 1], { dtype: "i32" }))),
      [
        [
          [-INF, 0, -INF, 0],
          [INF, 0],
          [-1, 1, 0, 0],
        ],
        [
          [INF, 0, 0, INF],
          [NAN, NAN],
          [NAN, NAN, NAN, NAN],
        ],
        [
          [-INF, -INF, NAN, 0],
          [NAN, NAN],
          [NAN, NAN, NAN, NAN],
        ],
      ],
    ],
  ])("%s of infinities", (name, f, cases) => {
    for (const [values, value, gradient] of cases) {
      const x = f64(name === "crossEntropy" ? [values.slice(0, 2), values.slice(2)] : values);
      const plain = (array: NdArray) => list(array).map((entry) => entry + 0);
      expect(plain(run((v) => f(v as Tensor), x)), `${name}(${values})`).toEqual(value);
      const slope = run((v) => grad((u: Tensor) => sum(f(u)), v as Tensor), x);
      expect(plain(slope), `${name}′(${values})`).toEqual(gradient);
    }
  });

  it("the least integer is a minimum, and what nothing has for one", () => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    expect(list(run((v) => min(v as Tensor), i32([least, 5])))).toEqual([least]);
    expect(list(run((v) => min(v as Tensor), i32([])))).toEqual([most]);
    expect(list(run((v) => max(v as Tensor), i32([])))).toEqual([least]);
    expect(list(run((v) => logsumexp(v as Tensor), f64([])))).toEqual([-INF]);
  });

  it("the mean of nothing is NaN, the sum 0", () => {
    expect(list(run((v) => mean(v as Tensor), f64([])))).toEqual([Number.NaN]);
    expect(list(run((v) => sum(v as Tensor), f64([])))).toEqual([0]);
  });

  it("a target that does not count is any class, and its loss is selected away", () => {
    const lossOf = (v: Tensor, t: Tensor): Tensor => {
      const counts = greaterEqual(t, 0);
      return select(counts, crossEntropy(v, select(counts, t, 0)), 0);
    };
    const logits = f64([
      [0, 0],
      [0, 0],
    ]);
    expect(list(run((v, t) => lossOf(v as Tensor, t as Tensor), logits, i32([-100, 1])))).toEqual([0, Math.LN2]);
    const slope = run((v, t) => grad((x: Tensor) => sum(lossOf(x, t as Tensor)), v as Tensor), logits, i32([-100, 1]));
    expect(list(slope).map((value) => value + 0)).toEqual([0, 0, 0.5, -0.5]);
    expect(() => run((v, t) => crossEntropy(v as Tensor, t as Tensor), logits, i32([-100, 1]))).toThrow(
      "crossEntropy: target -100 is out of range; expected 0 … 1.",
    );
  });
});

describe("gradients at the edges", () => {
  it("relu has none at 0", () => expect(gradAt(relu, [-1, 0, 1])).toEqual([0, 0, 1]));

  it("ties of maximum and minimum go to the second operand", () => {
    expect(gradAt((x) => maximum(x, 2), [2, 3])).toEqual([0, 1]);
    expect(gradAt((x) => maximum(2, x), [2, 3])).toEqual([1, 1]);
    expect(gradAt((x) => minimum(x, 2), [2, 1])).toEqual([0, 1]);
    expect(gradAt((x) => minimum(2, x), [2, 1])).toEqual([1, 1]);
  });

  it("equal maxima share it", () => expect(gradAt((x) => max(x), [3, 1, 3])).toEqual([0.5, 0, 0.5]));

  it("pow has finite ones at 0", () => {
    expect(gradAt((x) => pow(x, 2), [0, -3])).toEqual([0, -6]);
    expect(gradAt((x) => pow(x, 0), [0, 2])).toEqual([0, 0]);
    expect(gradAt((x) => pow(0, x), [2])).toEqual([0]);
  });

  it("none flows through stopGradient", () => expect(gradAt((x) => mul(x, stopGradient(x)), [3])).toEqual([3]));

  it("it flows through a cast between floats, in the input's dtype", () => {
    const dx = run((x) => grad((v: Tensor) => sum(mul(cast(v, "f64"), 2)), x as Tensor), ndarray([1, 2]));
    expect([dx.dtype, list(dx)]).toEqual(["f32", [2, 2]]);
  });

  it("repeated indices and targets get the sum, not the last", () => {
    expect(gradAt((x) => crossEntropy(x, 0), [0, 0])).toEqual([-0.5, 0.5]);
  });
});

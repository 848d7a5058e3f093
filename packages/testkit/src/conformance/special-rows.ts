import {
  concat,
  crossEntropy,
  grad,
  logSoftmax,
  logsumexp,
  max,
  mean,
  min,
  mul,
  type NdArray,
  ndarray,
  reshape,
  softmax,
  sum,
  type Tensor,
  valueAndGrad,
} from "@throughtime/core";
import type { Special } from "./special.js";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;

/** Rows, and a target for each. */
interface Rows {
  readonly variant: string;
  readonly rows: NdArray;
  readonly targets: NdArray;
}
const FINITE: Rows = {
  variant: "rows",
  rows: ndarray([
    [-INF, 0, 1],
    [-INF, 0, -INF],
    [1000, -1000, 999],
    [-3e38, 3e38, 0],
  ]),
  targets: ndarray([1, 0, 2, 1], { dtype: "i32" }),
};
/** Their quotients are NaN, which WebGPU need not know. */
const WITHOUT_QUOTIENT: Rows = {
  variant: "nan-rows",
  rows: ndarray([
    [-INF, -INF, -INF],
    [INF, 0, 1],
    [INF, INF, 0],
    [INF, -INF, 0],
    [NAN, 0, 1],
  ]),
  targets: ndarray([0, 1, 2, 1, 0], { dtype: "i32" }),
};
const WEIGHTS = ndarray([1, 2, -3]);

/** A function of rows, and the gradient of what it makes of them. */
const both = (op: string, f: (x: Tensor, targets: Tensor) => Tensor, name = ""): Special[] =>
  [FINITE, WITHOUT_QUOTIENT].flatMap(({ variant, rows, targets }) => [
    { op, variant: `${variant}${name}`, inputs: [rows, targets], fn: ([x, t]) => f(x as Tensor, t as Tensor) },
    {
      op,
      variant: `${variant}${name}-gradient`,
      inputs: [rows, targets],
      fn: ([x, t]) => grad((v: Tensor) => sum(f(v, t as Tensor)), x as Tensor),
    },
  ]);

const least: NdArray = ndarray(
  [
    [-(2 ** 31), 5],
    [2 ** 31 - 1, 7],
    [-(2 ** 31), 2 ** 31 - 1],
  ],
  { dtype: "i32" },
);
const empty = (dtype: "f32" | "i32"): NdArray => ndarray([[], []], { shape: [2, 0], dtype });

/** Rows with infinities and NaN in them, rows of nothing, and integers that have no negative. */
export const ROW_SPECIALS: readonly Special[] = [
  ...both("softmax", (x) => mul(softmax(x), WEIGHTS)),
  ...both("logSoftmax", (x) => mul(logSoftmax(x), WEIGHTS)),
  ...both("crossEntropy", crossEntropy),
  ...both("logSoftmax", (x) => logsumexp(x, { axis: -1 }), "-logsumexp"),
  // Of −∞ alone, too, this is a number.
  {
    op: "logSoftmax",
    variant: "least-logsumexp",
    inputs: [ndarray([[-INF, -INF]])],
    fn: ([x]) => {
      const [value, slope] = valueAndGrad((v: Tensor) => sum(logsumexp(v, { axis: -1 })), x as Tensor);
      return concat([reshape(value, [1]), reshape(slope, [2])]);
    },
  },
  { op: "max", variant: "min-i32", inputs: [least], fn: ([x]) => min(x as Tensor, { axis: 1 }) },
  {
    op: "max",
    variant: "empty",
    inputs: [empty("f32")],
    fn: ([x]) => concat([max, min, sum, mean, logsumexp].map((f) => reshape(f(x as Tensor, { axis: 1 }), [1, 2]))),
  },
  {
    op: "max",
    variant: "empty-i32",
    inputs: [empty("i32")],
    fn: ([x]) => concat([max, min, sum].map((f) => reshape(f(x as Tensor, { axis: 1 }), [1, 2]))),
  },
];

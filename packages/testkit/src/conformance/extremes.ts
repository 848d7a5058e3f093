import {
  abs,
  add,
  argmax,
  broadcast,
  concat,
  div,
  equal,
  evaluateProgram,
  matmul,
  max,
  maximum,
  mean,
  min,
  mul,
  type NdArray,
  ndarray,
  neg,
  pad,
  pow,
  scan,
  select,
  sub,
  sum,
  type Tensor,
  tanh,
  zerosArray,
} from "@throughtime/core";
import type { Case } from "./case.js";
import { checkOutputs, execute, programOf } from "./run.js";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const [SMALLEST, LARGEST] = [-(2 ** 31), 2 ** 31 - 1];

type Fn = (xs: readonly Tensor[]) => Tensor | readonly Tensor[];

const integers = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray =>
  ndarray(values, { shape, dtype: "i32" });
const ENDS = [SMALLEST, LARGEST, SMALLEST + 1, 7, -7, 1, 0];
const ends = () => integers(ENDS);
const divisors = () => integers([-1, 1, 2, -3, SMALLEST, LARGEST], [6, 1]);

const two =
  (f: (a: Tensor, b: Tensor) => Tensor): Fn =>
  ([a, b]) =>
    f(a as Tensor, b as Tensor);
const one =
  (f: (x: Tensor) => Tensor): Fn =>
  ([x]) =>
    f(x as Tensor);

/** Rows to find the largest in: NaN first, last, twice, beside ∞; ties; zeros of both signs; nothing finite. */
const ROWS = [
  [1, NAN, 2, NAN],
  [NAN, INF, 3, 4],
  [INF, 2, INF, NAN],
  [2, 5, 5, 1],
  [-0, 0, -0, 0],
  [-INF, -INF, -INF, -INF],
];

const NUMBERS: readonly (readonly [name: string, inputs: readonly NdArray[], fn: Fn])[] = [
  ["argmax", [ndarray(ROWS)], one((x) => argmax(x))],
  ["argmax.first", [ndarray(ROWS)], one((x) => argmax(x, { axis: 0 }))],
  ["argmax.i32", [integers([...ENDS, LARGEST, SMALLEST], [3, 3])], one((x) => argmax(x))],
  ["max.min", [ndarray(ROWS)], ([x]) => [max(x as Tensor, { axis: 0 }), min(x as Tensor, { axis: 1 })]],
  ["max.i32", [integers(ENDS)], ([x]) => [max(x as Tensor), min(x as Tensor)]],
  ["sum.wraps", [integers([LARGEST, 3, SMALLEST, LARGEST, LARGEST, 1], [2, 3])], one((x) => sum(x, { axis: 1 }))],
  ["mean.wraps", [integers([LARGEST, LARGEST, 1])], one((x) => mean(x))],
  ["add.wraps", [ends(), divisors()], two(add)],
  ["sub.wraps", [ends(), divisors()], two(sub)],
  ["mul.wraps", [ends(), divisors()], two(mul)],
  ["div.wraps", [ends(), divisors()], two(div)],
  ["neg.wraps", [ends()], one(neg)],
  ["abs.wraps", [ends()], one(abs)],
  [
    // As in IEEE 754, not as in Math.pow.
    "pow.ones",
    [ndarray([[1], [-1], [0], [2], [-2], [INF], [NAN]]), ndarray([NAN, INF, -INF, 0, 1, 2, 3])],
    two(pow),
  ],
];

/** Shapes of which one has an axis of size 0 where the other has 1. */
const EMPTY: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [[0], [1]],
  [
    [1, 3],
    [0, 3],
  ],
  [
    [2, 1],
    [2, 0],
  ],
  [
    [4, 1, 1],
    [0, 1],
  ],
  [
    [0, 1],
    [1, 4],
  ],
];

const nothing: readonly (readonly [name: string, inputs: readonly NdArray[], fn: Fn])[] = [
  ...[add, sub, mul, div, maximum, equal].flatMap((f, i) =>
    EMPTY.map(
      ([a, b]) =>
        [
          `${["add", "sub", "mul", "div", "maximum", "equal"][i]}.${a.join("x")}.${b.join("x")}`,
          [ndarray(new Float32Array(a.reduce((n, d) => n * d, 1)), { shape: a }), zerosArray(b)],
          two((x, y) => f(x, y)),
        ] as const,
    ),
  ),
  [
    "select",
    [ndarray([[true]]), zerosArray([0, 3]), zerosArray([1, 3])],
    ([c, a, b]) => select(c as Tensor, a as Tensor, b as Tensor),
  ],
  ["broadcast", [zerosArray([4, 1, 1]), zerosArray([4, 0, 3])], two((a, b) => matmul(broadcast(a, [4, 0, 0]), b))],
  [
    // Of nothing something is made: sums, a product over no columns, what is beside it.
    "something",
    [zerosArray([2, 0, 3]), zerosArray([2, 1, 3])],
    ([none, x]) => {
      const wide = broadcast(mul(none as Tensor, x as Tensor), [2, 0, 3]);
      return [
        sum(wide, { axis: 1 }),
        max(wide, { axis: [0, 1] }),
        matmul(wide, wide, { transposeA: true }),
        concat([wide, x as Tensor], { axis: 1 }),
        pad(wide, { axis: 1, before: 1, after: 1, value: 0.5 }),
      ];
    },
  ],
  [
    "scan",
    [zerosArray([0, 3]), zerosArray([2, 1, 3])],
    ([none, xs]) => scan((c: Tensor, x: Tensor) => [tanh(add(c, x)), mul(x, c)], none as Tensor, xs as Tensor),
  ],
];

const caseOf = (area: string, [name, inputs, fn]: (typeof NUMBERS)[number]): Case => ({
  name: `${area}/${name}`,
  async run({ backend, tolerance }) {
    const program = programOf(fn, inputs);
    const op = name.slice(0, name.indexOf("."));
    checkOutputs(program, await execute(backend, program, inputs), evaluateProgram(program, inputs), (dtype) =>
      tolerance(op, dtype),
    );
  },
});

/**
 * `extremes/…`: the largest of rows with NaN and ties, and integers at the ends of their range. `empty/…`: axes of size 0
 * beside ones of size 1.
 */
export const extremeCases = (): Case[] => [
  ...NUMBERS.map((each) => caseOf("extremes", each)),
  ...nothing.map((each) => caseOf("empty", each)),
];

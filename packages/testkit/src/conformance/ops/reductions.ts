import { argmax, max, type ReductionOptions, sum, type Tensor, type TensorLike } from "@throughtime/core";
import { operand } from "../values.js";
import { CUBES, NUMBERS, type OpCase } from "./op-case.js";

const VARIANTS: Readonly<Record<string, ReductionOptions>> = {
  all: {},
  first: { axis: 0 },
  middle: { axis: 1 },
  last: { axis: -1 },
  outer: { axis: [0, 2] },
  keepDims: { axis: [1], keepDims: true },
  keepAll: { keepDims: true },
};

const reduction = (op: string, f: (x: TensorLike, options: ReductionOptions) => Tensor): OpCase[] =>
  Object.entries(VARIANTS).map(([variant, options]) => ({
    op,
    variant,
    dtypes: variant === "all" || variant === "middle" ? NUMBERS : ["f32"],
    differentiable: true,
    operands: (size, dtype) => [operand(CUBES[size], dtype, op === "max" ? "distinct" : "any")],
    apply: ([x]) => f(x as Tensor, options),
  }));

const argmaxOver = (variant: string, axis: number): OpCase => ({
  op: "argmax",
  variant,
  dtypes: NUMBERS,
  // Equal values occur: the first one counts. An empty axis has no largest element, so the empty shape keeps it full.
  operands: (size, dtype) => [
    operand(size === "empty" ? [0, 4, 0].map((d, i) => (i === axis ? 3 : d)) : CUBES[size], dtype, "integers"),
  ],
  apply: ([x]) => argmax(x as Tensor, { axis }),
});

export const REDUCTIONS: readonly OpCase[] = [
  ...reduction("sum", sum),
  ...reduction("max", max),
  argmaxOver("first", 0),
  argmaxOver("middle", 1),
  argmaxOver("last", 2),
];

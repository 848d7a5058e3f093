import {
  broadcast,
  concat,
  constant,
  iota,
  ndarray,
  pad,
  reshape,
  type Shape,
  slice,
  type Tensor,
  transpose,
} from "@throughtime/core";
import { operand, valuesOf } from "../values.js";
import { ALL, CUBES, NUMBERS, type OpCase, type Size } from "./op-case.js";

/** One operand of three axes, in all dtypes. */
const ofCube = (
  op: string,
  variant: string,
  apply: (x: Tensor, cube: readonly [number, number, number], size: Size) => Tensor,
): OpCase => ({
  op,
  variant,
  dtypes: ALL,
  differentiable: true,
  operands: (size, dtype) => [operand(CUBES[size], dtype)],
  apply: ([x], size) => apply(x as Tensor, CUBES[size], size),
});

const half = (n: number): number => Math.ceil(n / 2);

const concatOf = (variant: string, axis: number, sizes: readonly number[]): OpCase => ({
  op: "concat",
  variant,
  dtypes: ALL,
  differentiable: true,
  operands: (size, dtype) =>
    sizes.map((d) =>
      operand(
        CUBES[size].map((other, i) => (i === axis ? d * Math.max(other, 1) : other)),
        dtype,
      ),
    ),
  apply: (xs) => concat(xs, { axis }),
});

const broadcastTo = (variant: string, from: (cube: Shape) => Shape): OpCase => ({
  op: "broadcast",
  variant,
  dtypes: ALL,
  differentiable: true,
  operands: (size, dtype) => [operand(from(CUBES[size]), dtype)],
  apply: ([x], size) => broadcast(x as Tensor, CUBES[size]),
});

export const LAYOUT: readonly OpCase[] = [
  ofCube("reshape", "merge", (x, [a, b, c]) => reshape(x, [a * b, c])),
  ofCube("reshape", "flat", (x, [a, b, c]) => reshape(x, [a * b * c])),
  ofCube("reshape", "ones", (x, [a, b, c]) => reshape(x, [1, a, 1, b, c])),
  ofCube("transpose", "reverse", (x) => transpose(x)),
  ofCube("transpose", "lastTwo", (x) => transpose(x, [0, 2, 1])),
  ofCube("transpose", "firstTwo", (x) => transpose(x, [1, 0, 2])),
  ofCube("transpose", "rotate", (x) => transpose(x, [2, 0, 1])),
  ofCube("slice", "start", (x, [a]) => slice(x, { axis: 0, start: 0, end: half(a) })),
  ofCube("slice", "end", (x, [, , c]) => slice(x, { axis: 2, start: c - half(c), end: c })),
  ofCube("slice", "middle", (x, [, b]) =>
    slice(x, { axis: 1, start: Math.min(1, b), end: Math.max(b - 1, Math.min(1, b)) }),
  ),
  ofCube("slice", "nothing", (x) => slice(x, { axis: 2, start: 1, end: 1 })),
  ofCube("pad", "before", (x) => pad(x, { axis: 0, before: 2, after: 0 })),
  ofCube("pad", "after", (x) => pad(x, { axis: 1, before: 0, after: 3 })),
  ofCube("pad", "both", (x) => pad(x, { axis: 2, before: 1, after: 2 })),
  ofCube("pad", "value", (x) => pad(x, { axis: 1, before: 1, after: 1, value: 1 })),
  concatOf("first", 0, [1, 1]),
  concatOf("last", 2, [1, 2, 1]),
  concatOf("withEmpty", 1, [1, 0, 2]),
  broadcastTo("column", ([a, b]) => [a as number, b as number, 1]),
  broadcastTo("row", ([, , c]) => [c as number]),
  broadcastTo("inner", ([a, , c]) => [a as number, 1, c as number]),
  broadcastTo("scalar", () => []),
  {
    op: "iota",
    dtypes: NUMBERS,
    operands: () => [],
    apply: (_, size, dtype) => iota({ empty: 0, one: 1, odd: 7, large: 1000 }[size], dtype),
  },
  {
    op: "constant",
    dtypes: ALL,
    operands: () => [],
    apply: (_, size, dtype) =>
      constant(
        ndarray(valuesOf("constant", [operand(CUBES[size], dtype)])[0]?.data ?? [], { shape: CUBES[size], dtype }),
      ),
  },
  {
    op: "constant",
    variant: "scalar",
    dtypes: ALL,
    sizes: ["one"],
    operands: () => [],
    apply: (_, __, dtype) => constant(ndarray(1, { dtype })),
  },
];

import { crossEntropy, layerNorm, logSoftmax, softmax, type Tensor } from "@throughtime/core";
import { indices, operand } from "../values.js";
import { FLOATS, type OpCase, type Size } from "./op-case.js";

/** Positions, and classes or features. The empty one has no positions. */
const ROWS: Readonly<Record<Size, readonly [readonly number[], number]>> = {
  empty: [[0], 4],
  one: [[1], 1],
  odd: [[3, 5], 7],
  large: [[50, 8], 65],
};

const overAxis = (op: string, variant: string, f: (x: Tensor) => Tensor): OpCase => ({
  op,
  variant,
  dtypes: FLOATS,
  differentiable: true,
  operands: (size, dtype) => [operand([...ROWS[size][0], ROWS[size][1]], dtype)],
  apply: ([x]) => f(x as Tensor),
});

export const COMPOSITES: readonly OpCase[] = [
  overAxis("softmax", "last", (x) => softmax(x)),
  overAxis("softmax", "first", (x) => softmax(x, { axis: 0 })),
  overAxis("logSoftmax", "last", (x) => logSoftmax(x)),
  overAxis("logSoftmax", "first", (x) => logSoftmax(x, { axis: 0 })),
  {
    op: "crossEntropy",
    dtypes: FLOATS,
    differentiable: true,
    operands: (size, dtype) => [
      operand([...ROWS[size][0], ROWS[size][1]], dtype),
      indices(ROWS[size][0], ROWS[size][1]),
    ],
    apply: ([logits, targets]) => crossEntropy(logits as Tensor, targets as Tensor),
  },
  {
    op: "layerNorm",
    dtypes: FLOATS,
    differentiable: true,
    operands: (size, dtype) => [
      operand([...ROWS[size][0], ROWS[size][1]], dtype),
      operand([ROWS[size][1]], dtype),
      operand([ROWS[size][1]], dtype),
    ],
    apply: ([x, gain, bias]) => layerNorm(x as Tensor, gain as Tensor, bias as Tensor),
  },
];

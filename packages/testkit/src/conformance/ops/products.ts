import { type MatmulParams, matmul, type Tensor } from "@throughtime/core";
import { operand } from "../values.js";
import { FLOATS, type OpCase, type Size } from "./op-case.js";

/** M, K, P. */
const SIZES: Readonly<Record<Size, readonly [number, number, number]>> = {
  empty: [0, 4, 3],
  one: [1, 1, 1],
  odd: [3, 5, 7],
  large: [65, 129, 67],
};

const VARIANTS: readonly (readonly [name: string, params: MatmulParams])[] = [
  ["", { transposeA: false, transposeB: false }],
  ["transposeA", { transposeA: true, transposeB: false }],
  ["transposeB", { transposeA: false, transposeB: true }],
  ["transposeBoth", { transposeA: true, transposeB: true }],
];

const product = (
  variant: string,
  sizes: readonly Size[],
  shape: (size: Size) => readonly [m: number, k: number, p: number],
  leading: readonly number[],
  params: MatmulParams,
): OpCase => ({
  op: "matmul",
  ...(variant ? { variant } : {}),
  dtypes: leading.length > 0 ? ["f32"] : FLOATS,
  sizes,
  differentiable: true,
  operands(size, dtype) {
    const [m, k, p] = shape(size);
    return [
      operand([...leading, ...(params.transposeA ? [k, m] : [m, k])], dtype),
      operand([...leading, ...(params.transposeB ? [p, k] : [k, p])], dtype),
    ];
  },
  apply: ([a, b]) => matmul(a as Tensor, b as Tensor, params),
});

const all: readonly Size[] = ["empty", "one", "odd", "large"];

export const PRODUCTS: readonly OpCase[] = VARIANTS.flatMap(([name, params]) => [
  product(name, all, (size) => SIZES[size], [], params),
  product(`batched${name}`, ["odd"], () => [3, 5, 7], [2], params),
  // A sum over nothing is 0.
  product(`noK${name}`, ["empty"], () => [3, 0, 4], [], params),
]).concat([
  product("rank4", ["odd"], () => [3, 2, 5], [2, 3], { transposeA: false, transposeB: false }),
  product("emptyBatch", ["empty"], () => [3, 2, 5], [0], { transposeA: false, transposeB: false }),
  product("row", ["odd"], () => [1, 65, 33], [], { transposeA: false, transposeB: false }),
  product("column", ["odd"], () => [33, 65, 1], [], { transposeA: false, transposeB: false }),
  {
    op: "matmul",
    variant: "stackedRows",
    dtypes: ["f32"],
    sizes: ["odd"],
    differentiable: true,
    operands: () => [operand([4, 3, 5]), operand([5, 7])],
    apply: ([a, b]) => matmul(a as Tensor, b as Tensor),
  },
]);

import { gather, scatterAdd, type Tensor } from "@throughtime/core";
import { indices, operand } from "../values.js";
import { ALL, NUMBERS, type OpCase, type Size } from "./op-case.js";

/** Rows of the table, and the indices' shape. */
const TABLES: Readonly<Record<Size, readonly [rows: number, indices: readonly number[]]>> = {
  empty: [4, [0]],
  one: [1, [1]],
  odd: [5, [3, 7]],
  large: [130, [50, 32]],
};

const table = (variant: string, row: readonly number[], sizes?: readonly Size[], at?: readonly number[]): OpCase[] => [
  {
    op: "gather",
    variant,
    dtypes: ALL,
    ...(sizes ? { sizes } : {}),
    differentiable: true,
    operands(size, dtype) {
      const [rows, shape] = TABLES[size];
      return [operand([rows, ...row], dtype), indices(at ?? shape, rows)];
    },
    apply: ([x, i]) => gather(x as Tensor, i as Tensor),
  },
  {
    op: "scatterAdd",
    variant,
    dtypes: NUMBERS,
    ...(sizes ? { sizes } : {}),
    differentiable: true,
    operands(size, dtype) {
      const [rows, shape] = TABLES[size];
      return [operand([rows, ...row], dtype), indices(at ?? shape, rows), operand([...(at ?? shape), ...row], dtype)];
    },
    apply: ([x, i, updates]) => scatterAdd(x as Tensor, i as Tensor, updates as Tensor),
  },
];

export const INDEXING: readonly OpCase[] = [
  ...table("rows", [3]),
  ...table("numbers", []),
  ...table("planes", [2, 3]),
  ...table("oneIndex", [3], ["odd"], []),
  ...table("emptyRows", [0], ["odd"]),
];

import type { DType, Tensor } from "@throughtime/core";
import type { Operand } from "../values.js";

/** The spread of shapes that every op is run on. */
export type Size = "empty" | "one" | "odd" | "large";

/** An op in one way of using it. */
export interface OpCase {
  readonly op: string;
  /** Sets ways of using one op apart: "keepDims". */
  readonly variant?: string;
  /** Dtypes of its main operand. Default: f32 and f64. */
  readonly dtypes?: readonly DType[];
  /** Default: all. */
  readonly sizes?: readonly Size[];
  readonly operands: (size: Size, dtype: DType) => readonly Operand[];
  readonly apply: (xs: readonly Tensor[], size: Size, dtype: DType) => Tensor | readonly Tensor[];
  /** Whether gradients flow and are smooth where the operands lie. Default: false. */
  readonly differentiable?: boolean;
}

export const FLOATS: readonly DType[] = ["f32", "f64"];
export const NUMBERS: readonly DType[] = ["f32", "f64", "i32"];
export const ALL: readonly DType[] = ["f32", "f64", "i32", "bool"];

/** [a, b, c] of each size; the empty one has its 0 in the middle. */
export const CUBES: Readonly<Record<Size, readonly [number, number, number]>> = {
  empty: [3, 0, 2],
  one: [1, 1, 1],
  odd: [3, 5, 7],
  large: [17, 33, 65],
};

export const nameOf = ({ op, variant }: OpCase): string => (variant ? `${op}.${variant}` : op);

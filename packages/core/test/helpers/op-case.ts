import type { DType, Op, Tensor } from "../../src/index.js";
import type { Drawn } from "./random.js";

/** Reads an element by its index. Too many indices drop the first, and an axis of size 1 repeats, as in broadcasting. */
export type Read = (...index: number[]) => number;

/** An op on certain shapes, and what it must give, element by element, as a formula that knows nothing of the op. */
export interface OpCase {
  readonly op: Op;
  readonly what: string;
  readonly inputs: readonly Drawn[];
  readonly run: (...xs: Tensor[]) => Tensor;
  /** The result's shape. */
  readonly shape: readonly number[];
  /** Default: the first float input's. */
  readonly dtype?: DType;
  readonly value: (index: readonly number[], ...reads: Read[]) => number;
}

export type Options = Pick<OpCase, "dtype">;
// biome-ignore lint/suspicious/noExplicitAny: ops of all params stand in one list.
export type AnyOp = Op<any>;
export const is = (
  op: AnyOp,
  what: string,
  inputs: readonly Drawn[],
  run: OpCase["run"],
  shape: readonly number[],
  value: OpCase["value"],
  options: Options = {},
): OpCase => ({ op, what: `${op.name} ${what}`, inputs, run, shape, value, ...options });

export const total = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
export const largest = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).sort((a, b) => b - a)[0] ?? Number.NEGATIVE_INFINITY;

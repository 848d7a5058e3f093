import {
  broadcast,
  concat,
  type Dim,
  expandDims,
  mulDim,
  pad,
  reshape,
  sameDim,
  slice,
  stack,
  subDim,
  type Tensor,
  transpose,
  zeros,
} from "@throughtime/core";
import { countOf, type Scope } from "./scope.js";

type Move = (scope: Scope, x: Tensor, axis: number) => Tensor | undefined;

/** What moves, repeats or leaves out elements of a tensor of any dtype, and makes no new ones but what a pad has. */
const MOVES: readonly Move[] = [
  ({ draws }, x) => transpose(x, permutation(x.shape.length, draws.int)),
  ({ draws }, x) => transpose(x, permutation(x.shape.length, draws.int)),
  (_, x) => {
    const [a, b, ...rest] = x.shape;
    return a === undefined || b === undefined ? undefined : reshape(x, [mulDim(a, b), ...rest]);
  },
  (_, x, axis) => expandDims(x, { axis }),
  ({ draws, world }, x) => broadcast(x, [draws.one<Dim>([1, 2, world.B]), ...x.shape]),
  ({ draws }, x, axis) => pad(x, { axis, before: draws.int(0, 2), after: draws.int(0, 1), value: draws.one([0, 1]) }),
  (scope, x, axis) => {
    // One place later along the axis, with zeros first.
    const size = x.shape[axis] as Dim;
    if (countOf(scope, [size]) === 0) return undefined;
    const first = zeros(
      x.shape.map((d, i) => (i === axis ? 1 : d)),
      x.dtype,
    );
    return concat([first, slice(x, { axis, end: subDim(size, 1) })], { axis });
  },
  ({ draws }, x, axis) => {
    // At times from nothing to nothing.
    const size = x.shape[axis] as Dim;
    if (typeof size !== "number") return undefined;
    const start = draws.int(0, Math.max(size - 1, 0));
    return slice(x, { axis, start, end: draws.int(draws.chance(0.1) ? start : Math.min(start + 1, size), size) });
  },
];

/** A tensor of rank 1 or more moved in some way; undefined where that way is not open to it. */
export const moved = (scope: Scope, x: Tensor): Tensor | undefined =>
  scope.draws.one(MOVES)(scope, x, scope.draws.int(0, x.shape.length - 1));

/** x joined with others that fit along some axis, or with itself; now and then stacked. */
export function joined({ draws }: Scope, x: Tensor, others: readonly Tensor[]): Tensor {
  const axis = draws.int(0, x.shape.length - 1);
  const fitting = others.filter(
    ({ shape, dtype }) =>
      dtype === x.dtype &&
      shape.length === x.shape.length &&
      shape.every((d, i) => i === axis || sameDim(d, x.shape[i] as Dim)),
  );
  const parts = [x, ...Array.from({ length: draws.int(1, 2) }, () => (fitting.length > 0 ? draws.one(fitting) : x))];
  return draws.chance(0.2) ? stack([x, x], { axis }) : concat(parts, { axis });
}

function permutation(rank: number, int: (low: number, high: number) => number): number[] {
  const rest = Array.from({ length: rank }, (_, axis) => axis);
  return Array.from({ length: rank }, () => rest.splice(int(0, rest.length - 1), 1)[0] as number);
}

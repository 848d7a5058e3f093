import {
  type Backend,
  isNdArray,
  mapTree,
  optimize,
  type PassStats,
  type Tensor,
  type Type,
  trace,
  type,
  valueAndGrad,
} from "@throughtime/core";
import type { CharModel } from "@throughtime/language-model";

/** What the passes do to a model's forward and backward pass, as one Program for every T and B. */
export function passesOf(model: CharModel, params: unknown, backend: Backend): readonly PassStats[] {
  const types = (tree: unknown) => mapTree(tree, isNdArray, ({ dtype, shape }): Type => type([...shape], dtype));
  const carry = mapTree(model.initialState(1), isNdArray, ({ dtype, shape }) => type(["B", ...shape.slice(1)], dtype));
  const tokens = type(["T", "B"], "i32");
  const { program } = trace(
    (p: never, state: never, x: Tensor, y: Tensor) =>
      valueAndGrad((own: never) => model.loss(own, { batch: { x, y }, carry: state, noise: undefined }).loss, p),
    [types(params), carry, tokens, tokens],
  );
  return optimize(program, (op, dtype) => backend.supports(op, dtype)).passes;
}

import { sameShape } from "../dim.js";
import { concat, concatOp } from "../ops/concat.js";
import { mul } from "../ops/mul.js";
import { type Program, rewriteProgram } from "../program.js";
import type { Tensor } from "../tensor.js";
import { CARRIED, factors, isOp, type Ranks } from "./analysis.js";

/**
 * A joint of products with still factors, `[a·A, b·B, …]`, becomes one product of two joints: `[a, b, …]·[A, B, …]`,
 * the second of which leaves the loop.
 */
export function factorConcats(program: Program, ranks: Ranks): Program {
  const carried = (tensor: Tensor) => ranks.get(tensor) === CARRIED;
  return rewriteProgram(program, (node, _inputs, env) => {
    if (!isOp(node, concatOp) || !carried(node.outputs[0] as Tensor)) return undefined;
    const pairs = node.inputs.map((part) => factorPair(part, carried));
    if (!pairs.every((pair) => pair !== undefined)) return undefined;
    const map = (tensor: Tensor) => env.get(tensor) as Tensor;
    const { axis } = node.params;
    const moving = concat(
      pairs.map((pair) => map(pair.moving)),
      { axis },
    );
    const still = concat(
      pairs.map((pair) => pair.still.map(map).reduce((p, t) => mul(p, t))),
      { axis },
    );
    return sameShape(still.shape, (node.outputs[0] as Tensor).shape) ? [mul(moving, still)] : undefined;
  });
}

/** A part as [carried factor, still factor], both of the part's own shape. */
export function factorPair(
  part: Tensor,
  carried: (t: Tensor) => boolean,
): { moving: Tensor; still: readonly Tensor[] } | undefined {
  const { moving, still } = factors(part, carried);
  const fits = sameShape(moving.shape, part.shape) && still.some(({ shape }) => sameShape(shape, part.shape));
  return fits ? { moving, still } : undefined;
}

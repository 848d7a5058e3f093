import type { DType } from "../dtype.js";
import { stopGradientOp } from "../ops/stop-gradient.js";
import { type Program, rewriteProgram } from "../program.js";
import { rewriteBodies } from "./bodies.js";

/**
 * Prepares a traced Program to be run: gradients have been taken, so stopGradient has done its work, and replaces
 * composites that are not claimed with what they lower to, also inside bodies and inside other composites.
 */
export function inlineComposites(program: Program, supports: (op: string, dtype: DType) => boolean): Program {
  const claimed = (name: string, dtypes: readonly DType[]) => dtypes.every((dtype) => supports(name, dtype));
  const once = (p: Program): Program =>
    rewriteProgram(p, (node, inputs) => {
      if (
        node.op.lower &&
        !claimed(
          node.op.name,
          node.outputs.map(({ dtype }) => dtype),
        )
      )
        return node.op.lower(inputs, node.params);
      if ((node.op as unknown) === stopGradientOp) return inputs;
      return rewriteBodies(node, inputs, (body) => inlineComposites(body, supports));
    });
  let current = program;
  for (let next = once(current); next !== current; next = once(current)) current = next;
  return current;
}

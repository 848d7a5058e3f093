import type { DType } from "../dtype.js";
import { type Program, rewriteProgram } from "../program.js";
import { rewriteBodies } from "./bodies.js";

/** Replaces composites that are not claimed with what they lower to, also inside bodies and inside other composites. */
export function inlineComposites(program: Program, supports: (op: string, dtype: DType) => boolean): Program {
  const claimed = (name: string, dtypes: readonly DType[]) => dtypes.every((dtype) => supports(name, dtype));
  const once = (p: Program): Program =>
    rewriteProgram(p, (node, inputs) => {
      if (node.op.lower && !claimed(node.op.name, node.outputs.map(({ dtype }) => dtype))) return node.op.lower(inputs, node.params);
      return rewriteBodies(node, inputs, (body) => inlineComposites(body, supports));
    });
  let current = program;
  for (let next = once(current); next !== current; next = once(current)) current = next;
  return current;
}

import { type Program, rebuild, rewriteProgram } from "../program.js";
import type { Tensor } from "../tensor.js";
import { Identities, nodeKey } from "./keys.js";

/** Common subexpressions: equal nodes over equal operands become one. */
export function eliminateCommon(program: Program): Program {
  const ids = new Identities();
  const seen = new Map<string, readonly Tensor[]>();
  return rewriteProgram(program, (node, inputs) => {
    const key = nodeKey(
      node,
      inputs.map((input) => ids.of(input)),
      ids,
    );
    const known = seen.get(key);
    if (known) return known;
    const outputs = rebuild(node, inputs);
    seen.set(key, outputs);
    return outputs;
  });
}

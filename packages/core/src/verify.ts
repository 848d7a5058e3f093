import { sameShape } from "./dim.js";
import { TraceError } from "./errors.js";
import { isProgram, type Program, requireProgram } from "./program.js";
import { type Tensor, type Type, typeText } from "./tensor.js";

/**
 * Checks that a Program is well formed: every operand is defined before it is used, every output's type is what the
 * op's shape rule says, and so for every body. Passes are held to it in tests. Throws TraceError at the first fault.
 */
export function verify(program: Program, path = "program"): void {
  requireProgram(`verify: ${path}`, program);
  const defined = new Set<Tensor>(program.inputs);
  if (defined.size !== program.inputs.length) throw new TraceError(`verify: ${path} names one tensor as two inputs.`);
  for (const [at, node] of program.equations.entries()) {
    const where = `${path}, equation ${at} (${node.op.name})`;
    for (const input of node.inputs) {
      if (!defined.has(input)) throw new TraceError(`verify: ${where} uses a tensor that nothing before it defines.`);
    }
    const said = node.op.shape(node.inputs, node.params);
    const types = (Array.isArray(said) ? said : [said]) as readonly Type[];
    node.outputs.forEach((output, i) => {
      const type = types[i];
      if (!type || type.dtype !== output.dtype || !sameShape(type.shape, output.shape)) {
        throw new TraceError(
          `verify: ${where} has output ${i} as ${typeText(output)}, but its rule says ${type ? typeText(type) : "nothing"}.`,
        );
      }
      defined.add(output);
    });
    for (const [name, value] of Object.entries(node.params)) if (isProgram(value)) verify(value, `${where}.${name}`);
  }
  for (const output of program.outputs) {
    if (!defined.has(output)) throw new TraceError(`verify: ${path} returns a tensor that it does not define.`);
  }
}

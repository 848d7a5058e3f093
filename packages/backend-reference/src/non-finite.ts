import { type EquationEvent, isFloat, type NdArray, NonFiniteError, printEquation } from "@throughtime/core";

/**
 * Throws NonFiniteError where an equation makes NaN or Inf of finite inputs: the place where it begins, not the many
 * to which it spreads. Equations in bodies come before the scan that runs them, so the innermost is named.
 * An Inf that is handed in (a mask of −Inf, say) is its owner's business and passes.
 */
export function checkFinite({ program, node, inputs, outputs, path }: EquationEvent): void {
  const at = outputs.findIndex((output) => !allFinite(output));
  if (at < 0 || !inputs.every(allFinite) || node.op.name === "constant") return;
  const { data } = outputs[at] as NdArray;
  const element = data.findIndex((value) => !Number.isFinite(value));
  const equation = printEquation(program, node);
  const where = path.length > 0 ? ` in ${path.join(", ")}` : "";
  throw new NonFiniteError(
    `${node.op.name}: expected finite values, received ${data[element]} at element ${element} of ${equation}${where}. ` +
      "Its inputs are finite, so it begins here: look at their range, or at the step before.",
    { op: node.op.name, equation, path, element, value: data[element] },
  );
}

function allFinite({ data, dtype }: NdArray): boolean {
  if (!isFloat(dtype)) return true;
  for (const value of data) if (!Number.isFinite(value)) return false;
  return true;
}

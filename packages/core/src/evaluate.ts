import { describe } from "./describe.js";
import { ArgumentError } from "./errors.js";
import { isNdArray, type NdArray } from "./ndarray.js";
import type { Debug } from "./op.js";
import { type Program, requireProgram } from "./program.js";
import type { Node, Tensor } from "./tensor.js";

/** A Program's meaning: each equation's `evaluate` in turn, on host data. The Program must be bound (see `bind`). */
export function evaluateProgram(program: Program, inputs: readonly NdArray[], debug?: Debug): NdArray[] {
  requireProgram("evaluateProgram: argument 1", program);
  program.inputs.forEach((_, i) => {
    if (!isNdArray(inputs?.[i])) {
      throw new ArgumentError(
        `evaluateProgram: input ${i} is ${describe(inputs?.[i])}; expected an array, made with ndarray().`,
      );
    }
  });
  const env = new Map<Tensor, NdArray>();
  program.inputs.forEach((input, i) => env.set(input, inputs[i] as NdArray));
  const lastUse = new Map<Tensor, Node>();
  for (const node of program.equations) for (const input of node.inputs) lastUse.set(input, node);
  const kept = new Set(program.outputs);
  for (const node of program.equations) {
    const values = node.inputs.map((input) => env.get(input) as NdArray);
    const inner = debug && { ...debug, path: [...debug.path, node.op.name] };
    const result = node.op.evaluate(values, node.params, inner);
    const outputs = (Array.isArray(result) ? result : [result]) as readonly NdArray[];
    debug?.onEquation({ program, node, inputs: values, outputs, path: debug.path });
    node.outputs.forEach((output, i) => env.set(output, outputs[i] as NdArray));
    for (const input of node.inputs) if (lastUse.get(input) === node && !kept.has(input)) env.delete(input);
  }
  return program.outputs.map((output) => env.get(output) as NdArray);
}

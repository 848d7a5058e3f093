import { dimKey, isSymbolic } from "./dim.js";
import { isNdArray, type NdArray } from "./ndarray.js";
import { isProgram, type Program, requireNode, requireProgram } from "./program.js";
import { type Node, type Tensor, typeText } from "./tensor.js";

/**
 * A Program as text, one equation a line, with letters that no input has for values in order of appearance:
 *
 *     (x: f32[B, 3], w: f32[3, 4]) {
 *       a: f32[B, 4] = matmul(x, w)
 *       return a
 *     }
 */
export function print(program: Program, indent = ""): string {
  requireProgram("print: argument 1", program);
  const names = namesIn(program);
  const lines = program.equations.map((node) => `${indent}  ${equationText(node, names, indent)}`);
  const head = program.inputs.map((input) => `${names.get(input)}: ${typeText(input)}`).join(", ");
  const results = program.outputs.map((output) => names.get(output) ?? "?").join(", ");
  return [`(${head}) {`, ...lines, `${indent}  return ${results}`, `${indent}}`].join("\n");
}

/** One equation of a Program, with the names that `print` gives: `a: f32[B, 4] = matmul(x, w)`. */
export function printEquation(program: Program, node: Node): string {
  requireProgram("printEquation: argument 1", program);
  requireNode("printEquation: argument 2", node);
  return equationText(node, namesIn(program), "");
}

function namesIn(program: Program): ReadonlyMap<Tensor, string> {
  const names = new Map<Tensor, string>();
  program.inputs.forEach((input, i) => names.set(input, program.inputNames?.[i] || `in${i}`));
  const taken = new Set(names.values());
  let next = 0;
  for (const output of program.equations.flatMap(({ outputs }) => outputs)) {
    while (taken.has(letters(next))) next++;
    names.set(output, letters(next++));
  }
  return names;
}

function equationText(
  { op, inputs, outputs, params }: Node,
  names: ReadonlyMap<Tensor, string>,
  indent: string,
): string {
  const nameOf = (tensor: Tensor) => names.get(tensor) ?? "?";
  const left = outputs.map((output) => `${nameOf(output)}: ${typeText(output)}`).join(", ");
  const bodies: string[] = [];
  const options = Object.entries(params).flatMap(([key, value]) => {
    if (!isProgram(value)) return [`${key}=${paramText(value)}`];
    bodies.push(` ${key} ${print(value, `${indent}  `)}`);
    return [];
  });
  return `${left} = ${op.name}(${[...inputs.map(nameOf), ...options].join(", ")})${bodies.join("")}`;
}

/** How often each op occurs in a Program; those in bodies of scans are counted under "scan/…". */
export function countOps(program: Program, prefix = "", into: Record<string, number> = {}): Record<string, number> {
  requireProgram("countOps: argument 1", program);
  for (const { op, params } of program.equations) {
    const key = prefix + op.name;
    into[key] = (into[key] ?? 0) + 1;
    for (const value of Object.values(params)) if (isProgram(value)) countOps(value, `${key}/`, into);
  }
  return into;
}

/** a … z, aa … */
function letters(index: number): string {
  const tail = String.fromCharCode(97 + (index % 26));
  return index < 26 ? tail : letters(Math.floor(index / 26) - 1) + tail;
}

function paramText(value: unknown): string {
  if (isNdArray(value)) return arrayText(value);
  if (isSymbolic(value)) return dimKey(value);
  if (Array.isArray(value)) return `[${value.map(paramText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${paramText(item)}`)
      .join(", ")}}`;
  }
  return String(value);
}

function arrayText({ data, shape }: NdArray): string {
  if (shape.length === 0) return String(data[0]);
  const shown = [...data.subarray(0, 4)].join(", ");
  return `[${shown}${data.length > 4 ? `, … ${data.length}` : ""}]`;
}

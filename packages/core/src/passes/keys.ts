import { dimKey, isSymbolic } from "../dim.js";
import { isNdArray, type NdArray } from "../ndarray.js";
import { isProgram, type Program } from "../program.js";
import type { Node, Tensor } from "../tensor.js";

/** Names objects by identity, within one analysis. */
export class Identities {
  readonly #ids = new WeakMap<object, number>();
  #next = 0;

  of(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      id = this.#next++;
      this.#ids.set(object, id);
    }
    return id;
  }
}

/** Text that is equal for two nodes exactly if they compute the same from operands that have the given texts. */
export function nodeKey(node: Node, operands: readonly (string | number)[], ids: Identities): string {
  return `${ids.of(node.op)}:${node.op.name}(${operands.join(",")})${paramsKey(node.params, ids)}`;
}

export function paramsKey(value: unknown, ids: Identities): string {
  if (isProgram(value)) return programKey(value, ids);
  if (isNdArray(value)) return arrayKey(value, ids);
  if (isSymbolic(value)) return dimKey(value);
  if (Array.isArray(value)) return `[${value.map((item) => paramsKey(item, ids)).join()}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${paramsKey(item, ids)}`)
      .join()}}`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A Program's structure: equal for Programs that differ only in which tensor objects they are made of. */
export function programKey(program: Program, ids: Identities): string {
  const names = new Map<Tensor, string>();
  program.inputs.forEach((input, i) => names.set(input, `i${i}:${input.dtype}[${input.shape.map(dimKey)}]`));
  const lines = program.equations.map((node, at) => {
    node.outputs.forEach((output, i) => names.set(output, `e${at}.${i}`));
    return nodeKey(
      node,
      node.inputs.map((input) => names.get(input) as string),
      ids,
    );
  });
  return `<${lines.join(";")}→${program.outputs.map((output) => names.get(output)).join()}>`;
}

/** Small arrays by their values, others by which buffer they are. */
function arrayKey({ data, shape, dtype }: NdArray, ids: Identities): string {
  const values =
    data.length <= 16 ? [...data].map((v) => (Object.is(v, -0) ? "-0" : String(v))).join() : `#${ids.of(data)}`;
  return `${dtype}[${shape}]${values}`;
}

import type { Program } from "../program.js";
import type { Tensor } from "../tensor.js";

/** Which of some numbered things a value depends on, as a bit set. */
export type Bits = bigint;

export const bit = (i: number): Bits => 1n << BigInt(i);

export const has = (set: Bits, i: number): boolean => (set & bit(i)) !== 0n;

export function* membersOf(set: Bits): Generator<number> {
  for (let i = 0; set !== 0n; set >>= 1n, i++) if ((set & 1n) !== 0n) yield i;
}

/** For each tensor of a Program, which of `sources` it depends on. */
export function dependencies(program: Program, sources: readonly Tensor[]): ReadonlyMap<Tensor, Bits> {
  const found = new Map<Tensor, Bits>(program.inputs.map((input) => [input, 0n]));
  sources.forEach((source, i) => found.set(source, bit(i)));
  for (const { inputs, outputs } of program.equations) {
    const all = inputs.reduce((set, input) => set | (found.get(input) as Bits), 0n);
    for (const output of outputs) found.set(output, all);
  }
  return found;
}

/** For each tensor of a Program, which of `results` depend on it. */
export function dependents(program: Program, results: readonly Tensor[]): ReadonlyMap<Tensor, Bits> {
  const found = new Map<Tensor, Bits>();
  const add = (tensor: Tensor, set: Bits) => found.set(tensor, (found.get(tensor) ?? 0n) | set);
  results.forEach((result, i) => add(result, bit(i)));
  for (const { inputs, outputs } of [...program.equations].reverse()) {
    const all = outputs.reduce((set, output) => set | (found.get(output) ?? 0n), 0n);
    for (const input of inputs) add(input, all);
  }
  return found;
}

/** What each thing depends on, itself and through others included, from what it depends on directly. */
export function closure(direct: readonly Bits[]): Bits[] {
  const reach = direct.map((set, i) => set | bit(i));
  for (let through = 0; through < reach.length; through++) {
    const more = reach[through] as Bits;
    reach.forEach((set, i) => {
      if (has(set, through)) reach[i] = set | more;
    });
  }
  return reach;
}

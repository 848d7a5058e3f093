import type { Life } from "./arena.js";
import { readsInPlace, writes } from "./carries.js";
import type { Buffers } from "./memory.js";
import type { Step } from "./steps.js";
import type { Buffer } from "./view.js";

/**
 * Which outputs may be written over which donated inputs: output → input. An output may lie where an input does from
 * the moment that the input is not read any more; a loop that reads each element where it writes it counts as later.
 */
export function donations(
  steps: readonly Step[],
  life: ReadonlyMap<Buffer, Life>,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  donate: readonly boolean[],
  { resolve }: Buffers,
): ReadonlyMap<number, number> {
  const taken = new Set<number>();
  const chosen = new Map<number, number>();
  const inPlace = (input: Buffer, output: Buffer): boolean => {
    const isOutput = (buffer: Buffer): boolean => resolve(buffer) === output;
    const first = steps.find((step) => writes(step, isOutput));
    return first?.kind === "map" && readsInPlace(first, input, isOutput);
  };
  const pass = (fits: (input: Buffer, output: Buffer, from: Life, to: Life) => boolean): void => {
    outputs.forEach((output, o) => {
      const to = life.get(output);
      if (chosen.has(o) || !to) return;
      const i = inputs.findIndex((input, at) => {
        if (!donate[at] || taken.has(at) || input.bytes !== output.bytes) return false;
        return fits(input, output, life.get(input) ?? { start: -1, end: -1 }, to);
      });
      if (i < 0) return;
      taken.add(i);
      chosen.set(o, i);
    });
  };
  // An update first, so that each weight keeps its place.
  pass((input, output, from, to) => from.end === to.start && inPlace(input, output));
  pass((_, __, from, to) => from.end < to.start);
  return chosen;
}

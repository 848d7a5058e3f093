import type { Program } from "@throughtime/core";
import { type Life, lives, placeInArena } from "./arena.js";
import { lowerBlock } from "./block.js";
import { totalCost } from "./cost.js";
import { donations } from "./donation.js";
import { shapeOf } from "./kinds.js";
import { aligned, newBuffers } from "./memory.js";
import { isSplit, splitSteps, type Threads } from "./split.js";
import type { ThreadedStep } from "./steps.js";
import { withoutIdlePacks } from "./unpack.js";
import type { Buffer } from "./view.js";

/** A bound Program as steps over places in memory. */
export interface Plan {
  readonly steps: readonly ThreadedStep[];
  /** Whether all threads run it, or the first alone. */
  readonly together: boolean;
  /** Whether it takes less than to wake another thread. */
  readonly short: boolean;
  /** Where a buffer begins: at an offset from the arena, or from the pointer that stands at an offset in the arena. */
  address(buffer: Buffer): { readonly pointer?: number; readonly offset: number };
  /** When what lies in it, and elsewhere, is alive. */
  readonly life: ReadonlyMap<Buffer, Life>;
  /** The arena's size; it begins with pointers to the constants, the inputs and the outputs, 4 bytes each. */
  readonly arenaBytes: number;
  readonly constants: Uint8Array;
  readonly outputs: readonly { readonly bytes: number; readonly shape: readonly number[] }[];
  /** Which outputs are written over which donated inputs. */
  readonly inPlace: ReadonlyMap<number, number>;
}

/** In nanoseconds. */
const SHORT = 40_000;

export function planProgram(
  program: Program,
  donate: readonly boolean[],
  threads: Threads = { threads: 1, worth: 0 },
): Plan {
  const buffers = newBuffers(threads.threads);
  let loops = 0;
  const inputs = program.inputs.map((input, i) => buffers.placed("input", i, shapeOf(input), input.dtype));
  const outputs = program.outputs.map((output, i) => buffers.placed("output", i, shapeOf(output), output.dtype));
  const lowered = lowerBlock(
    program,
    inputs,
    outputs.map((view) => [view]),
    buffers,
    (length, reverse) => ({ id: loops++, length, reverse }),
  );
  const steps = withoutIdlePacks(lowered);
  const life = lives(steps, buffers);
  const inPlace = donations(
    steps,
    life,
    inputs.map(({ buffer }) => buffer),
    outputs.map(({ buffer }) => buffer),
    donate,
    buffers,
  );
  const head = aligned(4 * (1 + inputs.length + outputs.length));
  const { offsets, bytes } = placeInArena(life, head);
  const firstOutput = 1 + inputs.length;
  const split = splitSteps(steps, threads);
  const together = split.some(isSplit);
  return {
    steps: split,
    together,
    short: !together && totalCost(steps) < SHORT,
    address(buffer) {
      const own = buffers.resolve(buffer);
      const { place } = own;
      switch (place.kind) {
        case "arena":
          return { offset: offsets.get(own) as number };
        case "constant":
          return { pointer: 0, offset: place.offset };
        case "input":
          return { pointer: 4 * (1 + place.index), offset: 0 };
        case "output":
          return { pointer: 4 * (firstOutput + place.index), offset: 0 };
      }
    },
    life,
    arenaBytes: bytes,
    constants: buffers.constants(),
    outputs: outputs.map(({ buffer, shape }) => ({ bytes: buffer.bytes, shape })),
    inPlace,
  };
}

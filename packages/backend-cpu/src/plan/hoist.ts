import type { Buffers } from "./memory.js";
import { type Step, touches } from "./steps.js";
import type { Buffer, Loop, View } from "./view.js";

/** Packing what stays the same through a loop, such as its weights and unlike its carries, is done once, before it. */
export function hoistPacks(
  body: readonly Step[],
  loop: Loop,
  carries: readonly View[],
  { resolve }: Buffers,
): { readonly before: readonly Step[]; readonly inside: readonly Step[] } {
  const written = new Set<Buffer>(carries.map(({ buffer }) => resolve(buffer)));
  const note = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === "loop") note(step.body);
      else for (const buffer of touches(step).writes) written.add(resolve(buffer));
    }
  };
  note(body);
  const stays = (step: Step): boolean =>
    step.kind === "pack" &&
    !written.has(resolve(step.from.buffer)) &&
    step.from.steps.every((each) => each.loop !== loop);
  return { before: body.filter(stays), inside: body.filter((step) => !stays(step)) };
}

import { aligned, type Buffers } from "./memory.js";
import { type Step, touches } from "./steps.js";
import type { Buffer } from "./view.js";

/** The steps between which a buffer's contents matter, by position in the whole Program. */
export interface Life {
  start: number;
  end: number;
}

/**
 * When each buffer is alive. What is used inside a loop and outside of it is alive through all of the loop's steps, and so are
 * inputs and outputs, which others fill and read; what else is used only inside begins anew in each.
 */
export function lives(steps: readonly Step[], { resolve }: Buffers): ReadonlyMap<Buffer, Life> {
  const touched = new Map<Buffer, { at: number; loops: readonly Life[] }[]>();
  let position = 0;
  const walk = (list: readonly Step[], loops: readonly Life[]): void => {
    for (const step of list) {
      if (step.kind === "loop") {
        const life = { start: position++, end: 0 };
        walk(step.body, [...loops, life]);
        life.end = position++;
        continue;
      }
      const at = position++;
      const { reads, writes } = touches(step);
      for (const buffer of new Set([...reads, ...writes].map(resolve))) {
        const known = touched.get(buffer);
        if (known) known.push({ at, loops });
        else touched.set(buffer, [{ at, loops }]);
      }
    }
  };
  walk(steps, []);
  return new Map([...touched].map(([buffer, uses]) => [buffer, lifeOf(uses, buffer.place.kind === "arena")]));
}

function lifeOf(uses: readonly { at: number; loops: readonly Life[] }[], inArena: boolean): Life {
  const first = uses[0] as { loops: readonly Life[] };
  let common = inArena ? first.loops.length : 0;
  for (const { loops } of uses) {
    let same = 0;
    while (same < common && loops[same] === first.loops[same]) same++;
    common = same;
  }
  const spans = uses.map(({ at, loops }) => loops[common] ?? { start: at, end: at });
  return spans.reduce((a, b) => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }));
}

/** Offsets for the arena's buffers, the largest first, each at the lowest place that is free while it is alive. */
export function placeInArena(
  life: ReadonlyMap<Buffer, Life>,
  start: number,
): { offsets: ReadonlyMap<Buffer, number>; bytes: number } {
  const offsets = new Map<Buffer, number>();
  const placed: { from: number; to: number; life: Life }[] = [];
  const arena = [...life].filter(([{ place }]) => place.kind === "arena");
  let bytes = start;
  for (const [buffer, own] of arena.sort(([a], [b]) => b.bytes - a.bytes || a.id - b.id)) {
    const size = aligned(buffer.bytes);
    let at = start;
    for (const other of placed) {
      if (other.life.start > own.end || other.life.end < own.start) continue;
      if (other.from >= at + size) break;
      at = Math.max(at, other.to);
    }
    offsets.set(buffer, at);
    placed.push({ from: at, to: at + size, life: own });
    placed.sort((a, b) => a.from - b.from);
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes };
}

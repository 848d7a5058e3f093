import { byteSize } from "@throughtime/core";
import { loadsOf, type MapStep, type Step, touches } from "./steps.js";
import { type Buffer, isContiguous, type View } from "./view.js";

/**
 * Whether a carry's next value may be written where the carry lies: one step writes it, and whatever reads the old value
 * comes before, or is that very loop and reads each element where it writes it.
 */
export function carriesInPlace(body: readonly Step[], next: Buffer, carry: View): boolean {
  if (carry.offset !== 0 || carry.steps.length > 0 || carry.buffer.bytes !== next.bytes) return false;
  const isNext = (buffer: Buffer): boolean => buffer === next;
  const writers = body.flatMap((step, at) => (writes(step, isNext) ? [at] : []));
  const [at] = writers;
  const writer = body[at as number];
  if (writers.length !== 1 || writer === undefined || writer.kind === "loop") return false;
  if (body.some((step) => writes(step, (buffer) => buffer === carry.buffer))) return false;
  const lastRead = body.reduce((last, step, i) => (reads(step, carry.buffer) ? i : last), -1);
  if (lastRead < (at as number)) return true;
  if (lastRead > (at as number) || writer.kind !== "map") return false;
  return readsInPlace(writer, carry.buffer, isNext);
}

/** Whether a loop's target may lie over `buffer`, which it reads: it reads each element where it writes it. */
export function readsInPlace(writer: MapStep, buffer: Buffer, isTarget: (buffer: Buffer) => boolean): boolean {
  const views = [
    ...loadsOf(writer.stores.map(({ value }) => value)).filter((load) => load.buffer === buffer),
    ...writer.stores.map(({ view }) => view).filter((view) => isTarget(view.buffer)),
  ];
  const wide = new Set(views.map(({ dtype }) => byteSize(dtype)));
  return wide.size <= 1 && views.every((view) => view.offset === 0 && view.steps.length === 0 && isContiguous(view));
}

const reads = (step: Step, buffer: Buffer): boolean =>
  step.kind === "loop" ? step.body.some((inner) => reads(inner, buffer)) : touches(step).reads.includes(buffer);

/** Whether a step, or one in a loop, writes such a buffer. */
export const writes = (step: Step, isTarget: (buffer: Buffer) => boolean): boolean =>
  step.kind === "loop" ? step.body.some((inner) => writes(inner, isTarget)) : touches(step).writes.some(isTarget);

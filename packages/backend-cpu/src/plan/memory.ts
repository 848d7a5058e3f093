import { byteSize, type DType, type NdArray } from "@throughtime/core";
import { type Buffer, broadcastView, byteLength, type View, wholeView } from "./view.js";

const ALIGNMENT = 16;
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Hands out buffers while a Program is lowered, and gathers its constants. */
export interface Buffers {
  /** How many threads may work on one step, each with scratch memory of its own. */
  readonly threads: number;
  readonly all: readonly Buffer[];
  /** A value that lives in the arena, row-major. */
  temporary(shape: readonly number[], dtype: DType): View;
  placed(kind: "input" | "output", index: number, shape: readonly number[], dtype: DType): View;
  constant(value: NdArray): View;
  /** `buffer` is to lie where `target` does. */
  alias(buffer: Buffer, target: Buffer): void;
  resolve(buffer: Buffer): Buffer;
  /** The constants' bytes, as they must stand in memory. */
  constants(): Uint8Array;
  /** The number that a view shows everywhere, where it does. */
  scalarOf(view: View): number | undefined;
}

export function newBuffers(threads: number): Buffers {
  const all: Buffer[] = [];
  const chunks: NdArray[] = [];
  const aliases = new Map<Buffer, Buffer>();
  const scalars = new Map<Buffer, number>();
  let constantBytes = 0;
  const make = (bytes: number, place: Buffer["place"]): Buffer => {
    const buffer = { id: all.length, bytes, place };
    all.push(buffer);
    return buffer;
  };
  return {
    threads,
    all,
    temporary: (shape, dtype) => wholeView(make(byteLength(shape, dtype), { kind: "arena" }), shape, dtype),
    placed: (kind, index, shape, dtype) => wholeView(make(byteLength(shape, dtype), { kind, index }), shape, dtype),
    constant(value) {
      const { data, shape, dtype } = value;
      // A tensor of one value is that value, seen everywhere.
      const uniform = data.length > 0 && data.every((x) => Object.is(x, data[0]));
      const kept = uniform ? { data: data.subarray(0, 1), shape: [], dtype } : value;
      const buffer = make(kept.data.length * byteSize(dtype), { kind: "constant", offset: constantBytes });
      chunks.push(kept);
      constantBytes += aligned(buffer.bytes);
      if (!uniform) return wholeView(buffer, shape, dtype);
      scalars.set(buffer, data[0] as number);
      return broadcastView(wholeView(buffer, [], dtype), shape);
    },
    alias: (buffer, target) => void aliases.set(buffer, target),
    resolve(buffer) {
      let at = buffer;
      for (let next = aliases.get(at); next; next = aliases.get(at)) at = next;
      return at;
    },
    constants() {
      const bytes = new Uint8Array(constantBytes);
      let at = 0;
      for (const { data } of chunks) {
        bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
        at += aligned(data.byteLength);
      }
      return bytes;
    },
    scalarOf: ({ buffer }) => scalars.get(buffer),
  };
}
